/** A text as it is stored, or what is wrong with it: the end of the sentence "The 'title' field …". */
export type ReadText = { text: string } | { problem: string }

/** The one spelling of a line: composed (NFC), with single plain spaces, and none at the ends. */
export function spellingOf(line: string): string {
  return line.normalize('NFC').replace(spaces, ' ').replace(outerSpaces, '')
}

export function readLine(text: string): ReadText {
  const line = spellingOf(text)
  const problem = hiddenProblem(line)
  if (problem !== undefined) return { problem }
  return visible.test(line) ? { text: line } : { problem: 'has no visible characters.' }
}

/** The same for a text that may be empty. */
export function readOptionalLine(text: string): ReadText {
  return text === '' ? { text } : readLine(text)
}

/** For a text that may have several lines or be empty: composed, its white space unchanged. */
export function readLines(text: string): ReadText {
  const lines = text.normalize('NFC')
  const problem = hiddenProblem(lines.replace(/[\t\n\r]/g, ' '))
  return problem === undefined ? { text: lines } : { problem }
}

/** Line breaks of a spreadsheet's cell among them. */
const spaces = /[\p{Zs}\p{Zl}\p{Zp}\t-\r\x85]+/gu
const outerSpaces = /^ | $/g
/** Blank Braille and a lone combining mark are as invisible as a space. */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--\u2800]/v

/** Finds a character that is invisible or changes the direction of others. */
export function hiddenProblem(text: string): string | undefined {
  if (isPlain.test(text)) return undefined
  const found = hidden.exec(text.replace(neededByScript, ''))?.[0]
  if (found === undefined) return undefined
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const what = /[\p{Cn}\p{Co}]/u.test(found) ? 'which has no agreed meaning' : 'which cannot be seen'
  return `contains the character U+${code}, ${what}; leave it out.`
}

const isPlain = /^[\x20-\x7e]*$/
/** Arabic signs such as U+06DD are format characters, but visible. */
const hidden =
  /[[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/v

const joining =
  '\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Nkoo}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}\\p{scx=Mymr}\\p{scx=Khmr}\\p{scx=Tibt}'
const joiningLetter = `[[\\p{L}\\p{M}]&&[${joining}]]`

/** Joiners, selectors and tags without which a script or an emoji cannot be written. */
const neededByScript = new RegExp(
  [
    `(?<=${joiningLetter})\\u200d`,
    `(?<=${joiningLetter})\\u200c(?=${joiningLetter})`,
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f\\u{e007f}])\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
    '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
    '(?<=\\u{1f3f4})[\\u{e0020}-\\u{e007e}]+\\u{e007f}',
    '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
    '(?<=\\p{sc=Mong})[\\u180b-\\u180f]',
  ].join('|'),
  'gv',
)
