import { inWords } from '../access/rules.ts'
import { parseScopes } from '../access/scopes.ts'
import { checkInput } from '../api/input.ts'
import { listRequest } from '../api/paging.ts'
import type { Context } from '../context.ts'
import { revokeCredential } from '../credentials/revocation.ts'
import { CredentialCreate, credentialSorts } from '../credentials/schema.ts'
import * as credentials from '../credentials/service.ts'
import { dayMs, toTimestamp } from '../lib/timestamps.ts'
import { findByUsername } from '../users/store.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, requiredText, text, texts, wholeNumber } from './command.ts'
import { parseRule } from './rule.ts'
import { withContext } from './with-context.ts'

const asJson = { type: 'boolean', describes: 'Print one line of JSON' } as const

const credentialCreate: Command = {
  name: 'credential create',
  summary: 'Create a credential; its secret is printed once. A running server accepts it within 2 s',
  options: {
    name: { type: 'string', value: 'NAME', describes: 'What it is for', required: true },
    scopes: {
      type: 'string',
      value: '"read write"',
      describes: 'Scopes, separated by spaces',
      required: true,
    },
    tier: { type: 'string', value: 'standard|premium', describes: 'Rate limit tier; standard unless given' },
    owner: {
      type: 'string',
      value: 'USERNAME',
      describes: 'The user on whose behalf it acts; the built-in system account unless given',
    },
    'expires-days': {
      type: 'string',
      value: 'DAYS',
      describes: 'Expires after so many days; never unless given',
    },
    rule: {
      type: 'string',
      value: "'documents:read category in policies,reports'",
      describes: 'Narrows a scope to some documents; may be given several times, and then one is enough',
      multiple: true,
    },
    json: asJson,
  },
  async run(values, terminal) {
    const rules = texts(values, 'rule').map(parseRule)
    const days = wholeNumber(values, 'expires-days', 1, 36_500)
    const created = await withContext(terminal, async (context) => {
      const owner = text(values, 'owner')
      const input = checkInput(CredentialCreate, {
        name: requiredText(values, 'name'),
        scopes: parseScopes(requiredText(values, 'scopes')),
        ...(values.tier === undefined ? {} : { tier: values.tier }),
        ...(owner === undefined ? {} : { owner_id: await idOfUser(context, owner) }),
        ...(rules.length === 0 ? {} : { rules }),
        ...(days === undefined ? {} : { expires_at: toTimestamp(context.clock.now() + days * dayMs) }),
      })
      const change = credentials.createCredential(context, await operator(context), input)
      return context.database.write(change)
    })
    const { id, name, client_id, client_secret, scopes, tier, withheld_scopes } = created.resource
    const { unknown_categories = [] } = created.resource
    if (values.json === true)
      return terminal.print(
        JSON.stringify({
          id,
          name,
          client_id,
          client_secret,
          scopes,
          tier,
          ...(withheld_scopes.length > 0 ? { withheld_scopes } : {}),
          ...(rules.length > 0 ? { rules } : {}),
          ...(unknown_categories.length > 0 ? { unknown_categories } : {}),
        }),
      )
    terminal.print(
      [
        `id             ${id}`,
        `name           ${name}`,
        `client_id      ${client_id}`,
        `client_secret  ${client_secret}`,
        `scopes         ${scopes.join(' ')}`,
        `tier           ${tier}`,
        ...(withheld_scopes.length > 0
          ? [
              `withheld       ${withheld_scopes.join(' ')}`,
              `               The role of the owner does not have these; the credential can use them once it does.`,
            ]
          : []),
        ...rules.map(({ scope, where }) => `rule           ${scope} where ${inWords(where)}`),
        ...unknown_categories.map(
          (category) => `               No document has the category '${category}' yet.`,
        ),
        '',
        'Store the client_secret now: it is not shown again. It is also the API key.',
      ].join('\n'),
    )
  },
}

const credentialList: Command = {
  name: 'credential list',
  summary: 'List credentials, newest first',
  options: {
    page: { type: 'string', value: 'N', describes: 'Page of 100; the first unless given' },
    json: { type: 'boolean', describes: 'Print one line of JSON for each' },
  },
  async run(values, terminal) {
    const page = wholeNumber(values, 'page', 1, 1_000_000) ?? 1
    const list = await withContext(terminal, async (context) =>
      credentials.listCredentials(
        context,
        await operator(context),
        {},
        listRequest({ page, limit: 100 }, credentialSorts),
      ),
    )
    if (values.json === true) {
      for (const credential of list.data) terminal.print(JSON.stringify(credential))
      return
    }
    for (const { id, status, tier, client_id, scopes, name } of list.data) {
      terminal.print(
        [
          String(id).padStart(5),
          status.padEnd(8),
          tier.padEnd(9),
          client_id,
          scopes.join(' ').padEnd(12),
          name,
        ].join('  '),
      )
    }
    terminal.print(
      `${list.totalCount} in all, page ${page} of ${Math.max(1, Math.ceil(list.totalCount / 100))}.`,
    )
  },
}

const credentialRotate: Command = {
  name: 'credential rotate',
  summary: 'Replace the secret of a credential; the old one keeps working for a grace period',
  positionals: ['id'],
  options: {
    'grace-hours': { type: 'string', value: 'HOURS', describes: 'From 0 to 168; 24 unless given' },
    json: asJson,
  },
  async run(values, terminal, [id]) {
    const grace = wholeNumber(values, 'grace-hours', 0, 168)
    const rotated = await withContext(terminal, async (context) =>
      context.database.write(credentials.rotateCredential(context, await operator(context), toId(id), grace)),
    )
    const { name, client_id, client_secret, previous_secret_expires_at } = rotated.resource
    if (values.json === true) {
      return terminal.print(
        JSON.stringify({
          id: rotated.resource.id,
          name,
          client_id,
          client_secret,
          previous_secret_expires_at,
        }),
      )
    }
    terminal.print(`client_id      ${client_id}\nclient_secret  ${client_secret}\n`)
    terminal.print(
      previous_secret_expires_at
        ? `The old secret works until ${previous_secret_expires_at}.`
        : 'The old secret no longer works.',
    )
  },
}

const credentialRevoke: Command = {
  name: 'credential revoke',
  summary:
    'Revoke a credential for good, with every token issued from it and the credentials that it created',
  positionals: ['id'],
  options: {
    'keep-children': { type: 'boolean', describes: 'Do not revoke the credentials that it created' },
  },
  async run(values, terminal, [id]) {
    const children = values['keep-children'] === true ? 'keep' : 'revoke'
    const descendants = await withContext(terminal, async (context) => {
      const actor = await operator(context)
      const change = revokeCredential(context, actor, toId(id), undefined, { children })
      return context.database.write(change)
    })
    const more = descendants === 0 ? '' : `, and ${descendants} that descend from it`
    terminal.print(`The credential ${id} was revoked${more}.`)
  },
}

async function idOfUser(context: Context, username: string): Promise<number> {
  const user = await findByUsername(context.database.read, username)
  if (!user) throw new CommandError(`There is no user '${username}'.`)
  return user.id
}

function toId(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,14}$/.test(text))
    throw new CommandError('The id must be a whole number of 1 or more; `credential list` shows the ids.')
  return Number(text)
}

export const credentialCommands: readonly Command[] = [
  credentialCreate,
  credentialList,
  credentialRotate,
  credentialRevoke,
]
