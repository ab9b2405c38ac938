import type { Random } from './random.ts'

/** Text that has broken programs before. All of it is valid in JSON; some of it no database takes. */
export const strangeTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfff',
  '\u202egnp.exe',
  '\ufeffbom',
  '\u200b',
  '\u2028\u2029',
  'e\u0301 \u00e9',
  'İıſK',
  'ﷺ',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '𝕬𝖓𝖓𝖚𝖆𝖑',
  "'; DROP TABLE users; --",
  '%', // also a wildcard
  '_',
  '\\',
  '"quoted"',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '{{7*7}}',
  'null',
  'true',
  'NaN',
  '0x10',
  '1e3',
  '-0',
  '__proto__',
  'constructor',
  'line\r\nbreak',
  '\t\b\f\u001b[31m',
]

const alphabets = [
  'abcdefghijklmnopqrstuvwxyz',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-',
  'äöüßéñçøåłžş',
  'договірдокумент',
  '年度報告書東京',
  '🙂🚀🏁🎉🧪',
] as const

/** A text of a length in code points: the unit in which JSON Schema counts. */
export function textOf(random: Random, length: number): string {
  const characters = [...random.pick(alphabets)]
  // A long text is one character many times: what is tried out is its length.
  if (length > 400) return random.pick(characters).repeat(length)
  return Array.from({ length }, () => random.pick(characters)).join('')
}
