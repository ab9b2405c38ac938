import { AppError } from '../api/errors.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import type { ImportReport } from './report-schema.ts'
import { counted } from './rows.ts'

/**
 * The error that ended an import in the middle, with what was imported until then: the caller must not take it for a
 * request that changed nothing.
 * @param error the response to it @param cause what was thrown
 */
export function endedEarly(error: AppError, cause: unknown, report: ImportReport): AppError {
  if (report.read === 0) return error
  const why = cause instanceof DatabaseUnavailable ? cause.detailsMidway : error.details
  const { code, message, status, headers } = error
  return new AppError(code, `${why} ${soFar(report)} ${howToContinue(report)}`, {
    message,
    status,
    headers,
    report,
    cause,
  })
}

function soFar({ dry_run, imported, refused, skipped: { earlier } }: ImportReport): string {
  const were = (count: number) => (dry_run ? 'could be' : count === 1 ? 'was' : 'were')
  const refusals = refused > 0 ? `, ${refused} refused` : ''
  const before = earlier > 0 ? `, ${earlier} skipped because of an earlier import` : ''
  const nothing = dry_run ? '; nothing was written' : ''
  return `Before that, ${imported === 0 ? 'no row' : counted(imported, 'row')} ${were(imported || 1)} imported${refusals}${before}${nothing}.`
}

function howToContinue({ dry_run, next_row }: ImportReport): string {
  return dry_run
    ? `To continue, send the file again with from_row=${next_row}.`
    : `To continue with row ${next_row}, send the file again: imported rows are skipped.`
}
