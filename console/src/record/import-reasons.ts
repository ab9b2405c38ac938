import type { ImportReport } from 'comserv'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'

/** The API says what to do with a query parameter; the page has a field for it, or another way. */
const advice: readonly (readonly [parameter: RegExp, text: string])[] = [
  [/encoding=/, t('choose the character encoding above')],
  [/time_zone=/, t('choose the time zone above')],
  [/format=/, t('give the file the extension that fits: .csv, .ndjson or .json')],
  [/author_ids=/, t('name an author above')],
  [/trust_quotes=/, t('remove the quotes')],
  [/map=\{"password"/, t('remove that column from the file, and set passwords afterwards')],
  [/map=/, t('choose the field of each column above, or leave it out')],
]

const clause =
  /(?:; |Say what the file is: )[^;]*?(?:encoding|time_zone|format|author_ids|trust_quotes|map)=.*?\.(?=\s|$)/

/** A reason without query parameters. */
export function inWordsOfThePage(reason: string): string {
  return reason.replace(clause, (found) => {
    const text = advice.find(([parameter]) => parameter.test(found))?.[1]
    if (text === undefined) return '.'
    return found.startsWith(';') ? `; ${text}.` : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  })
}

/** A warning as the page says it. */
export function warningInWords(warning: string): string {
  const withoutPassword = /^(\d+) users? ha(?:s|ve) no password yet\./.exec(warning)?.[1]
  if (withoutPassword === undefined) return warning
  return t(
    '{{count}} users have no password yet. “Password link” on the page of each lets them choose one.',
    {
      count: Number(withoutPassword),
    },
  )
}

/** Whether the text of a file could not be read, which another encoding may change. */
export function isNotUtf8(reason: string): boolean {
  return /\bnot (?:valid )?UTF-8\b/.test(reason)
}

/** Ranges of rows that a line names. */
const rangesMax = 6

/** Rows that were refused for the same reason, in one line: `2–201, 305`. */
export function folded(refusals: ImportReport['refusals']): { rows: string; reason: string }[] {
  const byReason = Map.groupBy(refusals, ({ reason }) => reason)
  return [...byReason].map(([reason, of]) => ({ reason, rows: rangesOf(of.map(({ row }) => row)) }))
}

function rangesOf(rows: readonly number[]): string {
  const ranges: [first: number, last: number][] = []
  for (const row of rows) {
    const last = ranges.at(-1)
    if (last?.[1] === row - 1) last[1] = row
    else ranges.push([row, row])
  }
  const shown = ranges.slice(0, rangesMax)
  const left = ranges.slice(rangesMax).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  const named = shown.map(([first, last]) =>
    first === last ? number(first) : `${number(first)}–${number(last)}`,
  )
  return named.join(', ') + (left > 0 ? ` ${t('and {{count}} more', { count: left })}` : '')
}
