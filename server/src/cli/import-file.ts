import { extname } from 'node:path'
import type { TSchema } from 'typebox'
import { nameMapOf } from '../import/columns.ts'
import { looksLikeCsv, readCsv, readCsvHeader } from '../import/csv.ts'
import { requireEncoding } from '../import/encoding.ts'
import { looksLikeJson, readJson, readJsonForm } from '../import/json.ts'
import { csvForm, ndjsonForm, type RefusedForm } from '../import/refused-file.ts'
import { importFormats, type Row } from '../import/rows.ts'
import type { Source } from '../import/source.ts'
import { requireZone } from '../import/times.ts'
import { CommandError } from '../lib/command-error.ts'
import { text, texts, type Values } from './command.ts'

/** A file with its known format. */
export interface ImportedFile {
  rows(): AsyncIterable<Row>
  refusedForm: RefusedForm
}

/** @throws CommandError when the file as a whole cannot be one of these resources */
export async function importedFile(
  source: Source,
  path: string,
  { row: schema, exported }: { row: TSchema; exported: TSchema },
  values: Values,
): Promise<ImportedFile> {
  const zone = text(values, 'time-zone')
  const options = {
    schema,
    exported,
    names: nameMapOf(texts(values, 'map'), schema),
    timeZone: zone === undefined ? undefined : requireZone(zone),
    trustsQuotes: values['trust-quotes'] === true,
  }
  const isMarked = source.encoding !== 'utf-8'
  if ((formatIn(values, path) ?? (await formatOf(source, options))) === 'csv') {
    const csv = await readCsvHeader(source.utf8(), options)
    return {
      rows: () => readCsv(source.utf8(), csv, options),
      refusedForm: csvForm(csv.header, csv.separator, isMarked),
    }
  }
  const form = await readJsonForm(source.utf8, options)
  return { rows: () => readJson(source.utf8(), form, options), refusedForm: ndjsonForm(isMarked) }
}

export function encodingIn(values: Values): string | undefined {
  const label = text(values, 'encoding')
  return label === undefined ? undefined : requireEncoding(label)
}

/** As the command or the name of the file says; undefined when neither does. */
function formatIn(values: Values, path: string): 'csv' | 'json' | undefined {
  const given = text(values, 'format')
  if (given !== undefined && !importFormats.some((format) => format === given))
    throw new CommandError('--format must be ndjson, json or csv.')
  if (given !== undefined) return given === 'csv' ? 'csv' : 'json'
  const extension = extname(path).toLowerCase()
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
