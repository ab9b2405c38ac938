/**
 * Texts that a spreadsheet would run as formulas are escaped by an apostrophe (OWASP, CSV Injection). Numbers that are
 * texts, such as `-5` or a phone number with `+`, are escaped as well: they stay what they are. So are lines, and what
 * follows a semicolon or a tab: a spreadsheet that expects another separator begins a cell there. Texts such as `4.9E+11`
 * are escaped, because a spreadsheet writes a long number like that. An apostrophe that stands there already gets
 * another one, so that exactly the original is restored.
 */
const startOfFormula =
  /(^|[\t\n\r;])('*)(?=[ "]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^('*)(?=[\t\n\r]|\d[.,]?\d*E\+\d+$)/gi
const escapedStart =
  /(^|[\t\n\r;])'('*)(?=[ "]*[=+\-@\uff1d\uff0b\uff0d\uff20])|^'('*)(?=[\t\n\r]|\d[.,]?\d*E\+\d+$)/gi

/** The last column of an export whose cells are escaped, empty in every record: an import recognises the file by it. */
export const escapedColumn = 'formulas=escaped'

export function escapeFormulas(text: string): string {
  return text.replaceAll(startOfFormula, "$1'$2$3")
}

export function unescapeFormulas(text: string): string {
  return text.replaceAll(escapedStart, '$1$2$3')
}
