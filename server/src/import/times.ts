import { CommandError } from '../lib/command-error.ts'
import { noSuchTime } from '../lib/timestamps.ts'

/**
 * Times without an offset, as databases and spreadsheets write them.
 * @param zone an IANA name or an offset; without one the instant is unknown
 * @returns RFC 3339, or undefined when the text is no such time
 */
export function toInstantIn(zone: string, text: string): string | undefined {
  if (!localTime.test(text)) return undefined
  try {
    return Temporal.PlainDateTime.from(text.replace(' ', 'T')).toZonedDateTime(zone).toInstant().toString()
  } catch {
    return undefined
  }
}

/** @throws CommandError when the zone does not exist */
export function requireZone(zone: string): string {
  try {
    return Temporal.PlainDateTime.from('2000-01-01T00:00').toZonedDateTime(zone).timeZoneId
  } catch {
    throw new CommandError(`--time-zone ${zone} is not known; give one such as UTC, Europe/Berlin or +01:00.`)
  }
}

/** What to do about a time that is not RFC 3339. */
export function timeProblem(field: string, text: string): string {
  const impossible = noSuchTime(text)
  if (impossible) return `The '${field}' field is not valid: ${impossible}.`
  if (localTime.test(text))
    return `The '${field}' field is a time without an offset; say where it was written with --time-zone, such as --time-zone UTC.`
  return `The '${field}' field must be a time such as 2026-01-15T08:30:00Z; give the column the format yyyy-mm-dd hh:mm:ss in the spreadsheet, and --time-zone here.`
}

const localTime = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$/
