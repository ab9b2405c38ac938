import type { ImportReport } from 'comserv'
import type { Mapping } from './import-columns.tsx'
import type { Options } from './import-options.tsx'

/** The parameters of an import. */
export interface Parameters extends Options {
  format?: 'csv'
  map?: string
  from_row?: number
  dry_run?: boolean
}

export function parametersOf(
  file: File,
  { options, mapping: { columns } }: { options: Options; mapping: Mapping },
): Parameters {
  return {
    ...options,
    // A header with other names than ours may not look like one.
    ...(/\.(?:csv|tsv|tab)$/i.test(file.name) ? { format: 'csv' as const } : {}),
    ...(columns.length > 0
      ? { map: JSON.stringify(Object.fromEntries(columns.map(({ name, field }) => [name, field]))) }
      : {}),
  }
}

/**
 * A request works for a limited time; the next one goes on after it.
 * @param onPart called with the sum of the requests so far, which is all that is known if the next one fails
 */
export async function importWhole(
  send: (parameters: Parameters) => PromiseLike<ImportReport>,
  parameters: Parameters,
  onPart: (sum: ImportReport) => void,
): Promise<ImportReport> {
  let report = await send(parameters)
  while (!report.is_complete && report.next_row !== null) {
    onPart(report)
    report = joined(report, await send({ ...parameters, from_row: report.next_row }))
  }
  return report
}

/** The second report counts the whole file, too, with what it passed as `before`. */
function joined(one: ImportReport, next: ImportReport): ImportReport {
  return {
    ...next,
    preview: one.preview,
    unknown_columns: [...new Set([...one.unknown_columns, ...next.unknown_columns])],
    fields: one.fields.length > 0 ? one.fields : next.fields,
    imported: one.imported + next.imported,
    refused: one.refused + next.refused,
    not_utf8: one.not_utf8 + next.not_utf8,
    skipped: { ...next.skipped, earlier: one.skipped.earlier + next.skipped.earlier, before: 0 },
    refusals: [...one.refusals, ...next.refusals],
    warnings: [...one.warnings, ...next.warnings],
  }
}
