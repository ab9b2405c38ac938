import { digitOf } from '../words/fold.ts'
import { emailKey } from './email-addresses.ts'
import { lookAlikes } from './look-alikes.ts'
import type { ReadText } from './read-text.ts'

export const usernameLengthMax = 64

/** A name to sign in with: letters of any script, but not such that another name could look the same. */
export function readUsername(typed: string): ReadText {
  // Full-width and presentation forms are ways to write the same letters.
  const text = typed.normalize('NFKC')
  if (!shape.test(text)) return { problem: `must consist of ${usernameRule}.` }
  if ([...text].length > usernameLengthMax)
    return { problem: `must have 1 to ${usernameLengthMax} characters.` }
  if (crowded.test(text)) return { problem: 'has too many marks on one letter.' }
  if (!isOfOneWritingSystem(text))
    return {
      problem:
        'mixes letters of scripts that are not written together, so that it could pass for another name.',
    }
  if (systemsOfDigits(text) > 1) return { problem: 'mixes digits of several scripts.' }
  if (passesForTwoNames.test(text))
    return { problem: 'looks like a Latin name: write the Greek capitals Ν and Υ in lower case.' }
  if (reserved.test(usernameKey(text)))
    return { problem: 'is a name that this server uses itself; choose another one.' }
  return { text }
}

/** What rows and logs call those who are nobody's account, or nobody's any more. */
const reserved = /^(?:system|anonymous|operator|(?:erased|deleted)-\d+)$/

export const usernameRule =
  'letters, digits, dots, hyphens and underscores, beginning and ending with a letter or digit'

/**
 * What no two users may share: what is left when case, width, the script of digits and letters that look alike do not
 * count. Of ASCII letters only the case.
 */
export function usernameKey(username: string): string {
  const folded = username.normalize('NFKC').toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ')
  if (isAscii.test(folded)) return folded
  return [...folded.normalize('NFD')]
    .map((character) => lookAlikes.get(character) ?? character)
    .join('')
    .replace(/\p{Nd}/gu, digitOf)
    .normalize('NFC')
}

const isAscii = /^[\0-\x7f]*$/
const letter = String.raw`[[\p{L}\p{Nd}]--[\p{Default_Ignorable_Code_Point}[\p{Lm}&&\p{scx=Zyyy}]\u02b0-\u02ff]]`
const mark = String.raw`[\p{M}--\p{Default_Ignorable_Code_Point}]`
const shape = new RegExp(`^${letter}${mark}*(?:[._\\-]*${letter}${mark}*)*$`, 'v')
const crowded = /\p{Mn}{5}|(\p{Mn})\1/u

/** Scripts that are written together (UTS 39, "highly restrictive"), or a single one. */
const together = [
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Hira}\\p{scx=Kana}',
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Bopo}',
  '\\p{scx=Latn}\\p{scx=Hani}\\p{scx=Hang}',
].map((scripts) => new RegExp(`^[\\p{scx=Zyyy}\\p{scx=Zinh}${scripts}]*$`, 'u'))

/** All scripts of Unicode 17, the most common first. The engine knows which characters each has, but lists no names. */
const scripts = (
  'Latn Cyrl Grek Arab Hani Hang Deva Beng Thai Hebr Armn Geor Taml Telu Adlm Aghb Ahom Armi Avst Bali Bamu ' +
  'Bass Batk Berf Bhks Bopo Brah Bugi Buhd Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Diak Dogr Dsrt Dupl ' +
  'Egyp Elba Elym Ethi Gara Glag Gong Gonm Goth Gran Gujr Gukh Guru Hano Hatr Hira Hluw Hmng Hmnp Hung Ital ' +
  'Java Kali Kana Kawi Khar Khmr Khoj Kits Knda Krai Kthi Lana Laoo Lepc Limb Lina Linb Lisu Lyci Lydi Mahj ' +
  'Maka Mand Mani Marc Medf Mend Merc Mero Mlym Modi Mong Mroo Mtei Mult Mymr Nagm Nand Narb Nbat Newa Nkoo ' +
  'Nshu Ogam Olck Onao Orkh Orya Osge Osma Ougr Palm Pauc Perm Phag Phli Phlp Phnx Plrd Prti Rjng Rohg Runr ' +
  'Samr Sarb Saur Sgnw Shaw Shrd Sidd Sidt Sind Sinh Sogd Sogo Sora Soyo Sund Sunu Sylo Syrc Tagb Takr Tale ' +
  'Talu Tang Tavt Tayo Tfng Tglg Thaa Tibt Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Vith Wara Wcho Xpeo Xsux ' +
  'Yezi Yiii Zanb'
).split(' ')
const systems = new Map<string, RegExp>()

/** Made when the first name asks for it: few installations ever see more than three of them. */
function systemOf(script: string): RegExp {
  const system = systems.get(script) ?? new RegExp(`^[\\p{scx=Zyyy}\\p{scx=Zinh}\\p{scx=${script}}]*$`, 'u')
  systems.set(script, system)
  return system
}

function isOfOneWritingSystem(text: string): boolean {
  if (isAscii.test(text) || together.some((system) => system.test(text))) return true
  return scripts.some((script) => systemOf(script).test(text))
}

function systemsOfDigits(text: string): number {
  const zeros = (text.match(/\p{Nd}/gu) ?? []).map(
    (digit) => (digit.codePointAt(0) ?? 0) - Number(digitOf(digit)),
  )
  return new Set(zeros).size
}

/**
 * Nu and upsilon look like N and Y as capitals, and like v and u in lower case, while the case of a name does not count:
 * their key is that of v and u. A name that would look like a Latin one by their capitals is refused.
 */
const passesForTwoNames = /^(?=.*[ΝΥ])[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορσυχ\d._-]+$/u

/** The lookup key of a sign-in name: that of a username, or of an email address. */
export function signInKeyOf(name: string): { column: 'username_key' | 'email_key'; key: string } {
  // Recognises an @ in full width, too.
  return name.normalize('NFKC').includes('@')
    ? { column: 'email_key', key: emailKey(name) }
    : { column: 'username_key', key: usernameKey(name) }
}
