import type { Static, TSchema } from 'typebox'
import { AnyObject, Count, closed, Nullable } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { columnsOf } from '../lib/csv-columns.ts'
import type { Importer } from '../resource/importing.ts'
import { namingParameters } from './parameters.ts'
import type { Row as FileRow } from './rows.ts'
import type { ImportReport as Counts } from './run.ts'

/** Refused rows that a response names; the others are counted. */
const refusalsMax = 1_000

/** Rows that a dry run shows. */
const previewMax = 5
/** Characters of a text that a dry run shows. */
const shownMax = 200
/** Unknown columns that a dry run names. */
const unknownMax = 100

const Row = Type.Integer({
  minimum: 1,
  description: 'Its line, or in a JSON array the number of the value, counted from 1',
})

export const ImportReport = closed(
  {
    dry_run: Type.Boolean(),
    is_complete: Type.Boolean({
      description:
        'Whether the whole file was read. If not, repeat the request: rows that were imported are skipped, and it continues after them; a dry run continues with `from_row`',
    }),
    next_row: Nullable(
      Type.Integer({
        minimum: 1,
        description: 'The row with which to continue; null at the end of the file',
      }),
    ),
    read: Type.Integer({ minimum: 0, description: 'Rows, the sum of those below' }),
    imported: Type.Integer({ minimum: 0, description: 'In a dry run: rows that could be imported' }),
    refused: Count,
    skipped: closed({
      blank: Count,
      earlier: Type.Integer({
        minimum: 0,
        description:
          'Imported before for the same user, in the console or with any of their keys, from this file or another, within 90 days',
      }),
      before: Type.Integer({ minimum: 0, description: 'Rows before `from_row`' }),
    }),
    preview: Type.Array(closed({ row: Row, value: AnyObject }, { title: 'ImportedRow' }), {
      description: `In a dry run: the first ${previewMax} rows as they were read, without passwords and with long texts cut`,
    }),
    refusals: Type.Array(
      closed(
        { row: Row, line: Type.Integer({ minimum: 1 }), reason: Type.String() },
        { title: 'ImportRefusal' },
      ),
      { description: `The first ${refusalsMax} refused rows, in order` },
    ),
    not_utf8: Type.Integer({
      minimum: 0,
      description:
        'Of the refused rows, those that are not UTF-8; a file that Excel saved as CSV has the encoding windows-1252',
    }),
    unknown_columns: Type.Array(Type.String(), {
      description: `In a dry run: the first ${unknownMax} columns, or JSON keys, that are no field; say with \`map\` which field each is, or leave it out`,
    }),
    fields: Type.Array(Type.String(), {
      description: 'In a dry run with unknown columns: the fields that they can fill',
    }),
    warnings: Type.Array(Type.String(), {
      description:
        'What to do next about rows that were imported, or could be, such as users without a password',
    }),
  },
  { title: 'ImportReport' },
)
export type ImportReport = Static<typeof ImportReport>

/** Of an import that ended in the middle: its rows until then. */
export const ReportOfError = Type.Optional(ImportReport)

/** What a dry run tells about the rows besides their number. */
export interface Trial {
  preview: ImportReport['preview']
  unknown: Set<string>
}

/** Hands the rows on, and keeps the first of them, and the names that are no field. */
export async function* tried(
  rows: AsyncIterable<FileRow>,
  { preview, unknown }: Trial,
  schema: TSchema,
): AsyncGenerator<FileRow> {
  const known = new Set(columnsOf(schema))
  for await (const row of rows) {
    if ('value' in row) {
      for (const name of unknownIn(row.value, known)) if (unknown.size < unknownMax) unknown.add(name)
      if (preview.length < previewMax) {
        const { password: _, ...value } = row.value as Record<string, unknown>
        preview.push({ row: row.position, value: shortened(value) as Record<string, unknown> })
      }
    }
    yield row
  }
}

/** The keys of a value, dotted, that are no column; of an object inside that is known, its keys. */
function* unknownIn(value: object, known: ReadonlySet<string>, prefix = ''): Generator<string> {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix + key
    if (known.has(name)) continue
    const isOuter = [...known].some((column) => column.startsWith(`${name}.`))
    if (!isOuter) yield name
    else if (typeof inner === 'object' && inner !== null) yield* unknownIn(inner, known, `${name}.`)
  }
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') {
    const shown = Array.from(value.slice(0, 2 * shownMax + 2))
    return shown.length > shownMax ? `${shown.slice(0, shownMax).join('')}…` : value
  }
  if (Array.isArray(value)) return value.slice(0, shownMax).map(shortened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]))
}

export function reportOf(
  counts: Counts,
  isDryRun: boolean,
  { preview, unknown }: Trial,
  { row, warning }: { row: TSchema; warning: Importer<object>['warning'] },
): ImportReport {
  const { read, imported, refused, notUtf8, warned, blank, earlier, passed, refusals, lastRow, isStopped } =
    counts
  return {
    dry_run: isDryRun,
    is_complete: !isStopped,
    next_row: isStopped ? lastRow + 1 : null,
    read,
    imported,
    refused,
    skipped: { blank, earlier, before: passed },
    preview,
    refusals: refusals
      .slice(0, refusalsMax)
      .map(({ position, line, reason }) => ({ row: position, line, reason: namingParameters(reason) })),
    not_utf8: notUtf8,
    unknown_columns: [...unknown].slice(0, unknownMax),
    fields: unknown.size > 0 ? columnsOf(row) : [],
    warnings: warning && warned > 0 ? [warning.say(warned)] : [],
  }
}
