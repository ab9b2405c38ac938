import { digitOf } from '../words/fold.ts'
import { emailKey } from './email-addresses.ts'
import type { ReadText } from './read-text.ts'

export const usernameLengthMax = 64

/** A name to sign in with: letters of any script, not such that another name would look the same. */
export function readUsername(typed: string): ReadText {
  // Full-width and presentation forms are ways to write the same letters.
  const text = typed.normalize('NFKC')
  if (!shape.test(text)) return { problem: `is not valid: ${usernameRule}.` }
  if ([...text].length > usernameLengthMax)
    return { problem: `must have 1 to ${usernameLengthMax} characters.` }
  if (crowded.test(text)) return { problem: 'has too many marks on one letter.' }
  if (!isOfOneWritingSystem(text))
    return {
      problem:
        'mixes letters of scripts that are not written together, so that it could pass for another name.',
    }
  if (systemsOfDigits(text) > 1) return { problem: 'mixes digits of several scripts.' }
  return { text }
}

export const usernameRule =
  'letters, digits, dots, hyphens and underscores, beginning and ending with a letter or digit'

/**
 * What no two users may share: what is left when case, width, the script of digits and letters that look alike in Latin,
 * Cyrillic and Greek do not count. Of ASCII letters only the case.
 */
export function usernameKey(username: string): string {
  const folded = username.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')
  if (isAscii.test(folded)) return folded
  return folded
    .normalize('NFC')
    .replace(/\p{Nd}/gu, digitOf)
    .replace(lookAlike, (letter) => latin[letter] ?? letter)
}

const isAscii = /^[\0-\x7f]*$/
const letter = String.raw`[[\p{L}\p{Nd}]--[\p{Default_Ignorable_Code_Point}[\p{Lm}&&\p{scx=Zyyy}]\u02b0-\u02ff]]`
const mark = String.raw`[\p{M}--\p{Default_Ignorable_Code_Point}]`
const shape = new RegExp(`^${letter}${mark}*(?:[._\\-]*${letter}${mark}*)*$`, 'v')
const crowded = /\p{Mn}{5}|(\p{Mn})\1/u

/** Scripts that are written together (UTS 39, "highly restrictive"), or one alone. */
const together = [
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}',
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Bopo}',
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Hang}',
].map((scripts) => new RegExp(`^[\\p{scx=Zyyy}\\p{scx=Zinh}${scripts}]*$`, 'u'))

const scripts =
  'Latn Cyrl Grek Arab Hebr Armn Geor Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Thai Laoo Tibt Mymr Khmr Ethi Cher Cans Mong Thaa Syrc Nkoo Tfng Yiii Java Bali Sund Bugi Lana Tale Talu Tavt Cham Olck Lepc Limb Mtei Sylo Saur Rjng Vaii Bamu Adlm Rohg Osge Cakm Newa Copt'
    .split(' ')
    .map((script) => new RegExp(`^[\\p{scx=Zyyy}\\p{scx=Zinh}\\p{scx=${script}}]*$`, 'u'))

function isOfOneWritingSystem(text: string): boolean {
  return isAscii.test(text) || [...together, ...scripts].some((system) => system.test(text))
}

function systemsOfDigits(text: string): number {
  const zeros = (text.match(/\p{Nd}/gu) ?? []).map(
    (digit) => (digit.codePointAt(0) ?? 0) - Number(digitOf(digit)),
  )
  return new Set(zeros).size
}

/** In one of their cases; within each script no two letters stand for the same one. */
const latin: Readonly<Record<string, string>> = {
  ...alike('авекмнорстухіјѕԛԝԁ', 'abekmhopctyxijsqwd'),
  ...alike('αβεζηικμνορτυχ', 'abezhikmnoptyx'),
}
const lookAlike = new RegExp(`[${Object.keys(latin).join('')}]`, 'gu')

function alike(letters: string, latinLetters: string): Record<string, string> {
  return Object.fromEntries([...letters].map((letter, i) => [letter, latinLetters.charAt(i)]))
}

/** Whom somebody means who signs in: the key of a username, or of an email address. */
export function signInKeyOf(name: string): { column: 'username_key' | 'email_key'; key: string } {
  // Also where it is typed in full width.
  return name.normalize('NFKC').includes('@')
    ? { column: 'email_key', key: emailKey(name) }
    : { column: 'username_key', key: usernameKey(name) }
}
