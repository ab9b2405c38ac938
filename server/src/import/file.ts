import { extname } from 'node:path'
import type { TSchema } from 'typebox'
import { CommandError } from '../lib/command-error.ts'
import { nameMapOf } from './columns.ts'
import { looksLikeCsv, readCsv, readCsvHeader } from './csv.ts'
import { looksLikeJson, readJson, readJsonForm } from './json.ts'
import { csvForm, ndjsonForm, type RefusedForm } from './refused-file.ts'
import { importFormats, type Row } from './rows.ts'
import type { Source } from './source.ts'
import { requireZone } from './times.ts'

/** A file with its known format. */
export interface ImportedFile {
  rows(): AsyncIterable<Row>
  refusedForm: RefusedForm
  /** Columns of a CSV that are no field, where the file is read nevertheless. */
  unknown: readonly string[]
}

/** What is said of a file that does not follow from it. */
export interface Said {
  format: string | undefined
  /** Where no format was said: the name of the file. */
  name: string
  /** Each as `Full Name=username`. */
  map: readonly string[]
  timeZone: string | undefined
  trustsQuotes: boolean
  /** Names unknown columns instead of ending the import. */
  isTolerant: boolean
}

/** @throws CommandError when the file as a whole cannot be one of these resources */
export async function importedFile(
  source: Source,
  { row: schema, exported }: { row: TSchema; exported: TSchema },
  said: Said,
): Promise<ImportedFile> {
  const options = {
    schema,
    exported,
    names: nameMapOf(said.map, schema),
    timeZone: said.timeZone === undefined ? undefined : requireZone(said.timeZone),
    trustsQuotes: said.trustsQuotes,
    isTolerant: said.isTolerant,
  }
  const isMarked = source.encoding !== 'utf-8'
  if ((formatSaid(said) ?? (await formatOf(source, options))) === 'csv') {
    const csv = await readCsvHeader(source.utf8(), options)
    return {
      rows: () => readCsv(source.utf8(), csv, options),
      refusedForm: csvForm(csv.header, csv.separator, isMarked),
      unknown: csv.unknown,
    }
  }
  const form = await readJsonForm(source.utf8, options)
  return {
    rows: () => readJson(source.utf8(), form, options),
    refusedForm: ndjsonForm(isMarked),
    unknown: [],
  }
}

/** Undefined when neither the option nor the name of the file says it. */
function formatSaid({ format, name }: Said): 'csv' | 'json' | undefined {
  if (format !== undefined && !importFormats.some((known) => known === format))
    throw new CommandError('--format must be ndjson, json or csv.')
  if (format !== undefined) return format === 'csv' ? 'csv' : 'json'
  const extension = extname(name).toLowerCase()
  if (['.csv', '.tsv', '.tab'].includes(extension)) return 'csv'
  if (['.ndjson', '.jsonl', '.json'].includes(extension)) return 'json'
  return undefined
}

/** By its content, such as of a .txt file: Excel saves "Unicode Text" as one with tabs. */
async function formatOf(
  source: Source,
  options: Parameters<typeof looksLikeCsv>[1],
): Promise<'csv' | 'json'> {
  if (await looksLikeCsv(source.utf8(), options)) return 'csv'
  if (await looksLikeJson(source.utf8())) return 'json'
  throw new CommandError(
    'Say what the file is: --format ndjson, --format json or --format csv (for columns separated by tabs, too).',
  )
}
