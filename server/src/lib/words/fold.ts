/**
 * One form for everything that a search treats as equal: case, accents, vowel points, width, ligatures, sub- and
 * superscripts, digits of any script. Parts of a word stay: the vowel signs of Indic scripts, the marks of Thai, the
 * sound marks of kana, й beside и.
 */
export function fold(text: string): string {
  if (isAscii.test(text)) return text.toLowerCase()
  return text
    .replace(unread, '')
    .replace(apostrophes, "'")
    .replace(signs, ' ')
    .normalize('NFKD')
    .toLowerCase()
    .replace(vowelBeforeTone, '$2$1')
    .replace(doubledVowel, (pair) => doubledVowels[pair] ?? pair)
    .replaceAll('\u0345', iotaSubscript)
    .replace(accents, '')
    .replace(vowelPoints, '')
    .replace(letters, (letter) => plainLetters[letter] ?? letter)
    .replace(foreignDigits, digitOf)
    .normalize('NFC')
}

export const isAscii = /^[\0-\x7f]*$/

/** Invisible. The non-joiner of Persian is kept here: it separates two parts of a word. */
const unread = /[[\p{Default_Ignorable_Code_Point}\u0640]--\u200c]/gv
const apostrophes = /[\u2018\u2019\u02bb\u02bc\u00b4\u2032\uff07]/g
/** The letter below a Greek vowel, which some write behind it and some leave out: search-words.ts keeps both. */
export const iotaSubscript = '\u037a'

/**
 * Sara am of Thai and Lao is one character or two, and with two the tone mark is typed before or after the first: no
 * normal form changes that order. NFKD has taken the one character apart, behind the tone.
 */
const vowelBeforeTone = /([\u0e4d\u0ecd])([\u0e48-\u0e4b\u0ec8-\u0ecb]+)/g
/** Two short strokes look like the one letter that has both. */
const doubledVowels: Readonly<Record<string, string>> = { เเ: 'แ', ເເ: 'ແ' }
const doubledVowel = new RegExp(Object.keys(doubledVowels).join('|'), 'g')

/** NFKD would make them letters of the word before. */
const signs = /[™℠ªº]/g

/** After a Cyrillic letter only the stress and the dots of ё: й and ї are letters of their own. */
const accents =
  /[\u0300\u0301]|(?<=е)\u0308|(?<![\u0400-\u04ff])[\u0302-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]/g
const vowelPoints = /[\p{M}&&[\p{scx=Arab}\p{scx=Hebr}\p{scx=Syrc}]]/gv

/** No normal form decomposes these. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ς: 'σ',
  ı: 'i',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ŧ: 't',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
}
const letters = new RegExp(`[${Object.keys(plainLetters).join('')}]`, 'g')

const foreignDigits = /[\p{Nd}--[0-9]]/gv
const isDigit = /\p{Nd}/u

/** The digits of a script are consecutive, from its zero on. */
export function digitOf(digit: string): string {
  const code = digit.codePointAt(0) ?? 0
  let first = code
  while (isDigit.test(String.fromCodePoint(first - 1))) first--
  return String((code - first) % 10)
}

/** How two names are compared: full case folding, over compatible forms of the same characters. */
export function foldedName(name: string): string {
  // The capitals of ß and of ligatures are two letters; only the end of a word has a small sigma of its own.
  return name.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC')
}
