import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { TSchema } from 'typebox'
import type { Context } from '../context.ts'
import { documentImporter, ImportedDocument } from '../documents/import-service.ts'
import type { Actor } from '../http/caller.ts'
import { readCsv } from '../import/csv.ts'
import { readNdjson } from '../import/ndjson.ts'
import type { Row } from '../import/rows.ts'
import { type Importer, type ImportReport, importRows } from '../import/run.ts'
import type { Clock } from '../lib/clock.ts'
import { CommandError } from '../lib/command-error.ts'
import { secondMs } from '../lib/timestamps.ts'
import { ImportedUser, userImporter } from '../users/import-service.ts'
import { findByUsername } from '../users/store.ts'
import { operator } from './actor.ts'
import { type Command, type Terminal, text, type Values, wholeNumber } from './command.ts'
import { withContext } from './with-context.ts'

/** How often progress is told where nobody watches a terminal. */
const progressEveryMs = 10 * secondMs

const sharedOptions = {
  format: {
    type: 'string',
    value: 'ndjson|csv',
    describes: 'What the file is; its extension tells, unless given',
  },
  'dry-run': { type: 'boolean', describes: 'Check every line, and import nothing' },
  'from-line': {
    type: 'string',
    value: 'N',
    describes: 'Pass over the lines before: go on after an import that stopped',
  },
} as const

export const importUsers: Command = {
  name: 'import users',
  summary: 'Create users from a file as an export gives it, or from standard input (-)',
  positionals: ['file'],
  options: sharedOptions,
  run: (values, terminal, [file = '']) =>
    runImport('users', ImportedUser, values, terminal, file, async (context, actor) =>
      userImporter(context, actor),
    ),
}

export const importDocuments: Command = {
  name: 'import documents',
  summary: 'Create documents from a file as an export gives it, or from standard input (-)',
  positionals: ['file'],
  options: {
    ...sharedOptions,
    author: { type: 'string', value: 'USERNAME', describes: 'Whose the documents are that name no `author`' },
    'author-ids': {
      type: 'boolean',
      describes: 'Take `author_id` as it is: the file comes from this system',
    },
  },
  run: (values, terminal, [file = '']) =>
    runImport('documents', ImportedDocument, values, terminal, file, async (context, actor) => {
      const author = text(values, 'author')
      return documentImporter(context, actor, {
        byId: values['author-ids'] === true,
        ...(author === undefined ? {} : { userId: await idOfUser(context, author) }),
      })
    }),
}

async function runImport<Resource extends object, Prepared>(
  noun: string,
  schema: TSchema,
  values: Values,
  terminal: Terminal,
  file: string,
  importerFor: (context: Context, actor: Actor) => Promise<Importer<Resource, Prepared>>,
): Promise<void> {
  const isDryRun = values['dry-run'] === true
  const fromLine = wholeNumber(values, 'from-line', 1, 999_999_999) ?? 1
  const isCsv = formatOf(values, file) === 'csv'
  if (file !== '-') await requireFile(file)

  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  let report: ImportReport | undefined
  try {
    await withContext(terminal, async (context) => {
      const importer = await importerFor(context, await operator(context))
      const chunks = buffersOf(file === '-' ? terminal.stdin : createReadStream(file))
      const rows = rowsFrom(isCsv ? readCsv(chunks, schema) : readNdjson(chunks), fromLine)
      const progress = new Progress(terminal, context.clock)
      try {
        await importRows(context, importer, rows, {
          isDryRun,
          stopped: stopping.signal,
          progress(now) {
            report = now
            progress.tell(now)
          },
        })
      } finally {
        progress.end()
      }
    })
  } catch (error) {
    if (report) {
      tell(report, noun, isDryRun, terminal)
      terminal.printError(goOn(report))
    }
    throw error
  } finally {
    process.removeListener('SIGINT', stop)
  }
  const { refused, imported } = tell(report ?? nothing, noun, isDryRun, terminal)
  if (stopping.signal.aborted && report) throw new CommandError(goOn(report))
  if (refused > 0) throw new CommandError(`${refused} of ${refused + imported} were refused.`)
}

const nothing: ImportReport = { imported: 0, refused: 0, refusals: [], lastLine: 0 }

function tell(report: ImportReport, noun: string, isDryRun: boolean, { print }: Terminal): ImportReport {
  const { refusals, refused, imported } = report
  for (const { line, reason } of refusals) print(`line ${line}: ${reason}`)
  if (refused > refusals.length) print(`… and ${refused - refusals.length} lines more`)
  print(`${imported} ${noun} ${isDryRun ? 'could be imported; nothing was.' : 'were imported.'}`)
  return report
}

function goOn({ lastLine }: ImportReport): string {
  return `Stopped after line ${lastLine}, and everything before it is done; go on with --from-line ${lastLine + 1}.`
}

/** On a terminal a line that is written over; elsewhere one from time to time. */
class Progress {
  readonly #terminal: Terminal
  readonly #clock: Clock
  #toldAtMs: number

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal
    this.#clock = clock
    this.#toldAtMs = clock.now()
  }

  tell({ lastLine, imported, refused }: ImportReport): void {
    const line = `line ${lastLine}: ${imported} taken, ${refused} refused`
    if (this.#terminal.overwrite) {
      this.#terminal.overwrite(line)
    } else if (this.#clock.now() - this.#toldAtMs >= progressEveryMs) {
      this.#terminal.printError(line)
      this.#toldAtMs = this.#clock.now()
    }
  }

  end(): void {
    this.#terminal.overwrite?.('')
  }
}

function formatOf(values: Values, file: string): 'csv' | 'ndjson' {
  const given = text(values, 'format')
  if (given === 'csv' || given === 'ndjson') return given
  if (given !== undefined) throw new CommandError('--format must be ndjson or csv.')
  const extension = extname(file).toLowerCase()
  if (extension === '.csv') return 'csv'
  if (extension === '.ndjson' || extension === '.jsonl') return 'ndjson'
  throw new CommandError('Say what the file is: --format ndjson or --format csv.')
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined)
  if (!found) throw new CommandError(`There is no file ${file}.`)
  if (found.isDirectory()) throw new CommandError(`${file} is a folder.`)
}

async function* buffersOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
}

async function* rowsFrom(rows: AsyncIterable<Row>, fromLine: number): AsyncGenerator<Row> {
  for await (const row of rows) if (row.line >= fromLine) yield row
}

async function idOfUser(context: Context, username: string): Promise<number> {
  const user = await findByUsername(context.database.read, username)
  if (!user) throw new CommandError(`There is no user '${username}'.`)
  return user.id
}
