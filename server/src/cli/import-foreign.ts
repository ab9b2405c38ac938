import { setTimeout as pause } from 'node:timers/promises'
import { counted } from '../import/rows.ts'
import type { ImportReport } from '../import/run.ts'
import { openSource } from '../import/source.ts'
import { CommandError } from '../lib/command-error.ts'
import { operator } from './actor.ts'
import { type Command, type Terminal, text, texts, type Values } from './command.ts'
import { openDirectus } from './foreign/directus.ts'
import { importDocuments } from './foreign/documents.ts'
import { openGhost } from './foreign/ghost.ts'
import { mappingOptions } from './foreign/mapping.ts'
import type { ForeignExport } from './foreign/records.ts'
import { openStrapi } from './foreign/strapi.ts'
import { importUsers, type UsersImported } from './foreign/users.ts'
import { ImportProgress } from './import-report.ts'
import { withContext } from './with-context.ts'

const pauseMs = 5
const toldMax = 100

const sharedOptions = {
  'dry-run': {
    type: 'boolean',
    describes: 'Say what would be imported and what cannot be, and import nothing',
  },
  author: {
    type: 'string',
    value: 'USERNAME',
    describes: 'The author of documents whose author the export does not name, or who was refused',
  },
  'keep-administrators': {
    type: 'boolean',
    describes:
      'Administrators there become administrators here; otherwise they get the role of everybody else',
  },
  again: { type: 'boolean', describes: 'Also import documents that an earlier import has imported' },
} as const satisfies Command['options']

interface Foreign {
  name: string
  summary: string
  options?: Command['options']
  open(path: string, terminal: Terminal, values: Values): Promise<ForeignExport>
}

const foreign: readonly Foreign[] = [
  {
    name: 'ghost',
    summary: 'Import users and posts from an export of Ghost (JSON)',
    open: async (path, { stdin }) => {
      const source = await openSource(path, stdin, undefined)
      return closingOnFailure(source, () => openGhost(source))
    },
  },
  {
    name: 'wordpress',
    summary: 'Import authors, posts and pages from an export of WordPress (WXR)',
    options: {
      type: {
        type: 'string',
        value: 'NAME',
        multiple: true,
        describes: 'Also import items of this custom type, such as recipe. Repeatable',
      },
    },
    open: async (path, { stdin }, values) => {
      const source = await openSource(path, stdin, undefined)
      // The parser is loaded only for this.
      const { openWordpress } = await import('./foreign/wordpress.ts')
      return closingOnFailure(source, () => openWordpress(source, texts(values, 'type')))
    },
  },
  {
    name: 'directus',
    summary: 'Import an exported collection of Directus (JSON or CSV), and its users',
    options: {
      users: {
        type: 'string',
        value: 'FILE',
        describes: 'The export of directus_users, who are the authors',
      },
      collection: {
        type: 'string',
        value: 'NAME',
        describes:
          'Name of the collection; the beginning of the file name unless given. directus_users: the file holds users',
      },
      ...mappingOptions,
    },
    open: async (path, { stdin }, values) => {
      const source = await openSource(path, stdin, undefined)
      return closingOnFailure(source, async () => {
        const usersPath = text(values, 'users')
        const users = usersPath === undefined ? undefined : await openSource(usersPath, stdin, undefined)
        return closingOnFailure(users, () => openDirectus(source, users, path, values))
      })
    },
  },
  {
    name: 'strapi',
    summary: 'Import users and the records of a content type from an archive of Strapi',
    options: {
      type: {
        type: 'string',
        value: 'NAME',
        describes:
          'The content type whose records become documents, such as article, where the archive has several',
      },
      ...mappingOptions,
    },
    open: (path, _, values) => openStrapi(path, values),
  },
]

export const foreignImports: readonly Command[] = foreign.map(({ name, summary, options = {}, open }) => ({
  name: `import ${name}`,
  summary,
  positionals: ['file'],
  options: { ...sharedOptions, ...options },
  run: async (values, terminal, [path = '']) => {
    const file = await open(path, terminal, values)
    try {
      await importExport(name, file, values, terminal)
    } finally {
      await file.close()
    }
  },
}))

async function closingOnFailure<T>(
  source: { close(): Promise<void> } | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await source?.close()
    throw error
  }
}

/** Users first: documents need their authors. */
async function importExport(
  source: string,
  file: ForeignExport,
  values: Values,
  terminal: Terminal,
): Promise<void> {
  const isDryRun = values['dry-run'] === true
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  let refused = 0
  try {
    await withContext(terminal, async (context) => {
      const progress = new ImportProgress(terminal, context.clock)
      const actor = await operator(context)
      const options = {
        source,
        isDryRun,
        isRepeated: values.again === true,
        stopped: stopping.signal,
        turn: () => pause(pauseMs),
        progress: (now: ImportReport) => progress.tell(now),
      }
      try {
        const keepsAdmins = values['keep-administrators'] === true
        const author = text(values, 'author')
        const asked = { ...options, author }
        const users = await importUsers(context, actor, file, { ...asked, keepsAdmins, isRepeated: false })
        progress.end()
        tellUsers(users, isDryRun, terminal)
        refused += users.report.refused
        if (stopping.signal.aborted) return
        const { people } = users
        const { report, where } = await importDocuments(context, actor, file, { ...options, people, author })
        progress.end()
        tellRefused(report, where, terminal)
        terminal.print(
          `Documents: ${report.imported} ${isDryRun ? 'could be imported' : 'imported'}, ${report.earlier} imported earlier, ${report.refused} refused.`,
        )
        refused += report.refused
      } finally {
        progress.end()
      }
    })
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
  for (const [what, count] of file.leftOut) terminal.print(`Left out: ${count} ${what}.`)
  if (isDryRun) terminal.print('Nothing was written.')
  if (stopping.signal.aborted)
    throw new CommandError('Stopped. What was imported is stored; run the same command again to continue.')
  if (refused > 0)
    throw new CommandError(
      `${counted(refused, 'record')} ${refused === 1 ? 'was' : 'were'} refused. Fix them there or here, and run the same command again: what was imported is not imported twice.`,
    )
}

function tellUsers({ report, existing, where }: UsersImported, isDryRun: boolean, terminal: Terminal): void {
  tellRefused(report, where, terminal)
  terminal.print(
    `Users: ${report.imported} ${isDryRun ? 'could be imported' : 'imported'}, ${existing} here already, ${report.refused} refused.`,
  )
  if (report.imported > 0)
    terminal.printError(
      `Imported users have no password, and no mail is sent to them: they get a link from 'Password link' on their page in the console, or from comserv admin reset-password USERNAME.`,
    )
}

function tellRefused(
  { refusals, refused }: ImportReport,
  where: ReadonlyMap<number, string>,
  { print }: Terminal,
): void {
  for (const { position, reason } of refusals.slice(0, toldMax)) print(`${where.get(position)}: ${reason}`)
  if (refused > toldMax) print(`… and ${refused - toldMax} more`)
}
