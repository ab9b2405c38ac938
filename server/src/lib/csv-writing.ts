/**
 * One record of RFC 4180. Absent and null values are empty cells, an empty text is `""`, an object or a list is JSON; cells are quoted only where
 * they must be. A record of several lines has quotes around every cell, so that its lines cannot be taken for records,
 * nor its quotes for strays.
 */
export function csvRecord(values: readonly unknown[], separator = ','): string {
  const texts = values.map(textOf)
  const isOfLines = texts.some((text) => text !== undefined && /[\r\n]/.test(text))
  return `${texts.map((text) => csvCell(text, separator, isOfLines)).join(separator)}\r\n`
}

function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function csvCell(text: string | undefined, separator: string, isOfLines: boolean): string {
  if (text === undefined) return ''
  // A space at either end is quoted as well, because some readers trim unquoted cells.
  const mustBeQuoted = isOfLines || text === '' || text.includes(separator) || /["\r\n]|^\s|\s$/.test(text)
  return mustBeQuoted ? `"${text.replaceAll('"', '""')}"` : text
}
