import { type Static, Type } from 'typebox'
import { AnyObject, Count, closed, Nullable } from '../api/schemas.ts'
import { namingParameters } from './parameters.ts'
import type { Row as FileRow } from './rows.ts'
import type { ImportReport as Counts } from './run.ts'

/** Refused rows that a response names; the others are counted. */
const refusalsMax = 1_000

/** Rows that a dry run shows. */
const previewMax = 5

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
        description: 'Imported before by the same caller, from this file or another, within 90 days',
      }),
      before: Type.Integer({ minimum: 0, description: 'Before `from_row`' }),
    }),
    preview: Type.Array(closed({ row: Row, value: AnyObject }, { title: 'ImportedRow' }), {
      description: `In a dry run: the first ${previewMax} rows as they were read, without passwords`,
    }),
    refusals: Type.Array(
      closed(
        { row: Row, line: Type.Integer({ minimum: 1 }), reason: Type.String() },
        { title: 'ImportRefusal' },
      ),
      { description: `The first ${refusalsMax} refused rows, in order` },
    ),
  },
  { title: 'ImportReport' },
)

type Preview = Static<typeof ImportReport>['preview']

/** Hands the rows on, and keeps the first of them. */
export async function* previewed(rows: AsyncIterable<FileRow>, preview: Preview): AsyncGenerator<FileRow> {
  for await (const row of rows) {
    if ('value' in row && preview.length < previewMax) {
      const { password: _, ...value } = row.value as Record<string, unknown>
      preview.push({ row: row.position, value })
    }
    yield row
  }
}

export function reportOf(counts: Counts, isDryRun: boolean, preview: Preview): Static<typeof ImportReport> {
  const { read, imported, refused, blank, earlier, passed, refusals, lastRow, isStopped } = counts
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
  }
}
