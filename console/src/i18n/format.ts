import { locale } from './language.ts'

const numbers = new Intl.NumberFormat(locale)

/** `1,200`, or `1.200` in German. */
export function number(value: number): string {
  return numbers.format(value)
}

/** `CSV, JSON or XLSX`. */
export function anyOf(words: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: 'disjunction' }).format(words)
}
