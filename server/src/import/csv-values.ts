import type { Column } from './columns.ts'
import { timeProblem, toInstantIn } from './times.ts'

/**
 * The value of a cell.
 * @param isExport the file is an export of this product: no spreadsheet has changed it
 */
export function valueOfCell(
  cell: string,
  column: Column,
  isExport: boolean,
  timeZone: string | undefined,
): { value: string | number } | { problem: string } {
  const { name, isInteger, isTimestamp, isWord, isTelling } = column
  const whole = isExport ? cell : withoutDisguise(cell)
  const text = isTelling ? whole.trim() : whole
  if (isInteger) return { value: /^\d{1,15}$/.test(text) ? Number(text) : text }
  if (isWord) return { value: text.toLowerCase() }
  if (isTimestamp && !column.fits(text)) {
    const instant = timeZone === undefined ? undefined : toInstantIn(timeZone, text)
    return instant === undefined ? { problem: timeProblem(name, text) } : { value: instant }
  }
  if (!isExport && name.endsWith('phone') && roundedNumber.test(text))
    return {
      problem: `The '${name}' field is a number that a spreadsheet has rounded (${text}); give the column the format Text and enter it again.`,
    }
  return { value: text }
}

/** Spreadsheets protect a text from being a formula by an apostrophe, and a number from losing its zeros by `="007"`. */
function withoutDisguise(cell: string): string {
  const formula = /^="((?:[^"]|"")*)"$/.exec(cell)?.[1]
  if (formula !== undefined) return formula.replaceAll('""', '"')
  return disguised.test(cell) ? cell.slice(1) : cell
}

const disguised = /^'(?:[=+\-@\t\r]|\d[\d\s()/.-]*$)/
const roundedNumber = /^[+-]?\d[.,]?\d*E\+\d+$/i
