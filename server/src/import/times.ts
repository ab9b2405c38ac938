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

/** What to do about a text that is not RFC 3339. @param where `The column 'Created'` */
export function timeProblem(where: string, text: string): string {
  const has = `${where} has '${text.length > shownMax ? `${text.slice(0, shownMax)}…` : text}'`
  const impossible = noSuchTime(text)
  if (impossible) return `${has}, and ${impossible}.`
  if (localDate.test(text))
    return `${has}, which is a date without a time; say in which zone that day begins with --time-zone, such as --time-zone UTC.`
  if (localTime.test(text))
    return `${has}, which is a time without an offset; say where it was written with --time-zone, such as --time-zone UTC.`
  if (ambiguousDate.test(text))
    return `${has}, in which day and month can be confused; write it as 2024-12-31 or 2024-12-31 08:30:00: in the spreadsheet, give the column the format yyyy-mm-dd hh:mm:ss.`
  return `${has}, which is not a time such as 2026-01-15T08:30:00Z; in the spreadsheet, give the column the format yyyy-mm-dd hh:mm:ss.`
}

/** Of a text in an error. */
const shownMax = 40
const localDate = /^\d{4}-\d{2}-\d{2}$/
const ambiguousDate = /^\d{1,2}([./-])\d{1,2}\1\d{2,4}(?!\d)/
const localTime = /^\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$/
