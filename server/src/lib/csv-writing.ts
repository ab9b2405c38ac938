/**
 * One record of RFC 4180. What is absent or null is an empty cell, an empty text is `""`; quotes stand only where they must.
 * A record of several lines has them around every cell: so nobody can take its lines for records, nor its quotes for strays.
 */
export function csvRecord(values: readonly unknown[], separator = ','): string {
  const texts = values.map((value) => (value === null || value === undefined ? undefined : String(value)))
  const isOfLines = texts.some((text) => text !== undefined && /[\r\n]/.test(text))
  return `${texts.map((text) => csvCell(text, separator, isOfLines)).join(separator)}\r\n`
}

function csvCell(text: string | undefined, separator: string, isOfLines: boolean): string {
  if (text === undefined) return ''
  // A space at either end is quoted as well, because some readers trim what is not.
  const mustBeQuoted = isOfLines || text === '' || text.includes(separator) || /["\r\n]|^\s|\s$/.test(text)
  return mustBeQuoted ? `"${text.replaceAll('"', '""')}"` : text
}
