import { unescapeFormulas } from '../lib/csv-formulas.ts'
import type { Column } from './columns.ts'
import { timeProblem, toInstantIn } from './times.ts'

/** How the cells of a file were written: by an export, by one that escapes formulas, or by somebody else. */
export type CellWriting = 'literal' | 'escaped' | 'foreign'

/** The value of a cell. */
export function valueOfCell(
  cell: string,
  column: Column,
  writing: CellWriting,
  timeZone: string | undefined,
): { value: string | number } | { problem: string } {
  const { name, header, isInteger, isTimestamp, isWord, isTelling } = column
  const whole = undisguised[writing](cell)
  const text = isTelling ? whole.trim() : whole
  if (isInteger) return { value: /^\d{1,15}$/.test(text) ? Number(text) : text }
  if (isWord) return { value: text.toLowerCase() }
  if (isTimestamp && !column.fits(text)) {
    const instant = timeZone === undefined ? undefined : toInstantIn(timeZone, text)
    return instant === undefined
      ? { problem: timeProblem(`The column '${header}'`, text) }
      : { value: instant }
  }
  if (writing !== 'literal' && name.endsWith('phone') && roundedNumber.test(cell.trim()))
    return {
      problem: `The '${name}' field is a number that a spreadsheet has rounded (${text}); give the column the format Text and enter it again.`,
    }
  return { value: text }
}

const undisguised: Readonly<Record<CellWriting, (cell: string) => string>> = {
  literal: (cell) => cell,
  escaped: unescapeFormulas,
  foreign: withoutDisguise,
}

/** Spreadsheets protect a text from being a formula by an apostrophe, and a number from losing its zeros by `="007"`. */
function withoutDisguise(cell: string): string {
  const formula = /^="((?:[^"]|"")*)"$/.exec(cell)?.[1]
  if (formula !== undefined) return formula.replaceAll('""', '"')
  return disguised.test(cell) ? cell.slice(1) : cell
}

const disguised = /^'(?:[=+\-@\t\r]|\d[\d\s()/.-]*$)/
const roundedNumber = /^[+-]?\d[.,]?\d*E\+\d+$/i
