/** One record of RFC 4180. What is absent or null is an empty field; quotes stand only where they must. */
export function csvRecord(values: readonly unknown[]): string {
  return `${values.map(csvField).join(',')}\r\n`
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  // A space at either end is quoted as well, because some readers trim what is not.
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
