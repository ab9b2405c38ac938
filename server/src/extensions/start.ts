import { Cron } from 'croner'
import { parseScopes, type ScopeName, scopeNames } from '../access/scopes.ts'
import type { Context } from '../context.ts'
import { keepExtensionCredential } from '../credentials/of-extension.ts'
import { chosenTypes } from '../events/patterns.ts'
import type { Loaded } from '../extension/declaration.ts'
import { scopesOf } from '../extension/names.ts'
import { CommandError } from '../lib/command-error.ts'
import { nearest } from '../lib/edits.ts'
import { ensureSystemUser } from '../users/system-user.ts'
import { disableGoneReceivers, keepExtensionWebhooks } from '../webhooks/of-extension.ts'

/** The changes of the server's own records before which extensions can be asked. */
const ownActions = [
  'user.create',
  'user.update',
  'document.create',
  'document.update',
  'document.publish',
  'category.create',
  'category.update',
  'category.delete',
]

/**
 * Call it before a server begins its work: checks what extensions name, and gives each what it needs to be called and to
 * call. @throws CommandError that names the extension
 */
export async function startExtensions(context: Context): Promise<void> {
  const { extensions, log } = context
  const all = extensions?.all ?? []
  for (const extension of all) requireKnown(context, extension)
  const receiving = all.flatMap(({ name, about, on = {} }) =>
    Object.keys(on).map((type) => ({ name, about, type })),
  )
  await disableGoneReceivers(context, receiving)
  if (!extensions) return
  const systemId = await ensureSystemUser(context)
  for (const extension of all) {
    const scopes = permissionsOf(extension)
    if (scopes.length === 0) continue
    extensions.inside.use(extension.name, await keepExtensionCredential(context, extension, scopes, systemId))
  }
  await keepExtensionWebhooks(context, receiving, systemId)
  log.info({ extensions: all.map(({ name }) => name) }, 'extensions are loaded')
}

/** What `api` may do: what the extension asks for, and what is its own. */
function permissionsOf(extension: Loaded): ScopeName[] {
  const names = [...(extension.permissions ?? []), ...Object.keys(scopesOf(extension))]
  return names.length === 0 ? [] : parseScopes(names.join(' '))
}

function requireKnown({ catalog }: Context, extension: Loaded): void {
  const fail = (what: string, given: string, known: readonly string[]) => {
    const near = nearest(given, known)
    const hint = near === undefined ? `Known: ${known.join(', ')}.` : `Did you mean '${near}'?`
    return new CommandError(
      `The extension '${extension.name}' cannot be used (${extension.file}): ${what} '${given}', which does not exist. ${hint}`,
    )
  }
  const types = [...catalog.eventTypes.keys()]
  for (const event of Object.keys(extension.on ?? {}))
    if (!types.includes(event) || chosenTypes([event], catalog.eventTypes).length === 0)
      throw fail('on names the event type', event, types)
  const actions = [...ownActions, ...extensionActions(extension)]
  for (const action of Object.keys(extension.before ?? {}))
    if (!actions.includes(action)) throw fail('before names the action', action, actions)
  for (const { name, cron } of extension.tasks ?? [])
    if (!isSchedule(cron))
      throw new CommandError(
        `The extension '${extension.name}' cannot be used (${extension.file}): the task '${name}' has the cron '${cron}', which is none; '0 7 * * *' is every day at seven.`,
      )
  for (const scope of extension.permissions ?? [])
    if (!scopeNames.includes(scope as ScopeName)) throw fail('permissions names the scope', scope, scopeNames)
}

function isSchedule(cron: string): boolean {
  try {
    return new Cron(cron).nextRun() !== null
  } catch {
    return false
  }
}

/** Of its own records. */
function extensionActions({ name, resources = [] }: Loaded): string[] {
  return resources.flatMap((resource) =>
    ['create', 'update', 'delete'].map((change) => `x.${name}.${resource.name}.${change}`),
  )
}
