import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseUnavailable } from '../db/failure.ts'
import { EarlierImports } from '../import/earlier.ts'
import { requireEncoding } from '../import/encoding.ts'
import { type ImportedFile, importedFile } from '../import/file.ts'
import { RefusedFile } from '../import/refused-file.ts'
import { counted, importFormats } from '../import/rows.ts'
import { emptyReport, type ImportReport, importRows, surveyRows } from '../import/run.ts'
import { openSource, type Source } from '../import/source.ts'
import { CommandError } from '../lib/command-error.ts'
import type { Resource } from '../resource/resource.ts'
import { resources } from '../resources.ts'
import { operator } from './actor.ts'
import { type Command, type Terminal, text, texts, type Values, wholeNumber } from './command.ts'
import { goOn, ImportProgress, tell, type Warning } from './import-report.ts'
import { withContext } from './with-context.ts'

/** SQLite has one writer at a time: a running server gets its turn between two transactions. */
const pauseMs = 5

const sharedOptions = {
  format: {
    type: 'string',
    value: importFormats.join('|'),
    describes: 'Format of the file; by its extension unless given',
  },
  map: {
    type: 'string',
    value: 'NAME=FIELD',
    multiple: true,
    describes:
      'A column (or JSON key) and the field it fills, such as "Full Name=username"; NAME= leaves it out. Repeatable',
  },
  encoding: {
    type: 'string',
    value: 'NAME',
    describes:
      'Character encoding, such as windows-1252; UTF-8, and UTF-16 with a byte order mark, are recognised',
  },
  'time-zone': {
    type: 'string',
    value: 'ZONE',
    describes: 'Time zone of times without an offset, such as UTC or Europe/Berlin',
  },
  refused: {
    type: 'string',
    value: 'FILE',
    describes: 'Write refused rows to this new file, with the reason, to be fixed and imported',
  },
  'dry-run': { type: 'boolean', describes: 'Check every row, and import nothing' },
  'from-line': { type: 'string', value: 'N', describes: 'Skip the rows before this line' },
  again: {
    type: 'boolean',
    describes:
      'Also import rows that an earlier import of the file, or of another version of it, has imported',
  },
  'trust-quotes': {
    type: 'boolean',
    describes: 'CSV: treat several lines in quotes as one text even if each looks like a record',
  },
} as const

/** One for each resource that can be imported. */
export const imports: readonly Command[] = resources.flatMap(({ plural, importing }) =>
  importing
    ? {
        name: `import ${plural}`,
        summary: `Create ${plural} from a file, such as an export, or from standard input (-)`,
        positionals: ['file'],
        options: { ...sharedOptions, ...importing.options },
        run: (values, terminal, [file = '']) =>
          runImport({ resource: plural, ...importing }, values, terminal, file),
      }
    : [],
)

type ImportKind = NonNullable<Resource['importing']> & { resource: string }

async function runImport(kind: ImportKind, values: Values, terminal: Terminal, path: string): Promise<void> {
  const encoding = text(values, 'encoding')
  const source = await openSource(path, terminal.stdin, encoding && requireEncoding(encoding))
  try {
    const file = await importedFile(source, kind, {
      format: text(values, 'format'),
      name: path,
      map: texts(values, 'map'),
      timeZone: text(values, 'time-zone'),
      trustsQuotes: values['trust-quotes'] === true,
      isTolerant: false,
    })
    const refusedPath = text(values, 'refused')
    const refusedFile =
      refusedPath === undefined ? undefined : await RefusedFile.create(refusedPath, file.refusedForm)
    try {
      await importFile(kind, values, terminal, { source, file, refusedFile })
    } finally {
      await refusedFile?.close()
    }
  } finally {
    await source.close()
  }
}

async function importFile(
  { resource, importer: importerFor }: ImportKind,
  values: Values,
  terminal: Terminal,
  { source, file, refusedFile }: { source: Source; file: ImportedFile; refusedFile: RefusedFile | undefined },
): Promise<void> {
  const isDryRun = values['dry-run'] === true
  const fromLine = wholeNumber(values, 'from-line', 1, 999_999_999) ?? 1
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  const report = emptyReport()
  let warning: Warning
  let isReading = false
  try {
    await withContext(terminal, async (context) => {
      const importer = await importerFor(context, await operator(context), values)
      warning = importer.warning
      await surveyRows(importer, file.rows, stopping.signal)
      const { path, digest } = source
      const earlier = await EarlierImports.of(context, { resource, digest, path })
      isReading = true
      const progress = new ImportProgress(terminal, context.clock)
      const options = {
        isDryRun,
        fromLine,
        isRepeated: values.again === true,
        earlier,
        refusedFile,
        stopped: stopping.signal,
        turn: () => pause(pauseMs),
        progress: (now: ImportReport) => progress.tell(now),
      }
      try {
        await importRows(context, importer, file.rows(), options, report)
      } finally {
        progress.end()
      }
    })
  } catch (error) {
    if (!isReading) throw error
    tell(report, { resource, isDryRun, warning }, terminal)
    terminal.printError(goOn(report, isDryRun))
    throw brokenOff(error)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
  tell(report, { resource, isDryRun, warning }, terminal)
  if (refusedFile && report.refused > 0)
    terminal.print(`The refused rows are in ${text(values, 'refused')}; fix them there and import that file.`)
  if (stopping.signal.aborted) throw new CommandError(goOn(report, isDryRun))
  const { refused, imported } = report
  if (refused > 0) {
    const hint = refusedFile
      ? ''
      : ' Run the command with --refused FILE to get them in a file of their own, with the reasons.'
    throw new CommandError(
      `${refused} of ${counted(refused + imported, 'row')} ${refused === 1 ? 'was' : 'were'} refused.${hint}`,
    )
  }
}

/** A failure of the database or the disk needs one sentence; anything else is a fault of ours, with its stack. */
function brokenOff(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable)
    return new CommandError(`The import broke off: ${error.detailsMidway}`)
  const { syscall, message } = error as NodeJS.ErrnoException
  return syscall === undefined ? error : new CommandError(`The import broke off: ${message}.`)
}
