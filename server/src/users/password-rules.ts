import { invalidRequest } from '../api/errors.ts'
import type { Config } from '../config/decide.ts'
import { isCommonPassword } from './common-passwords.ts'

/** What others know of a person, and try first. */
export interface KnownOf {
  username: string
  email: string
  first_name?: string | null
  last_name?: string | null
}

/** A single character is guessed in every length up to this. */
const repeatsMax = 32

type Rules = Pick<Config, 'passwordLengthMin' | 'siteName'>

/**
 * The rules of a new password beyond the schema (NIST SP 800-63B-4, §3.1.1.2): long enough for this server, and neither
 * common nor made of names that belong to the account. Case, and digits and signs around and between them, do not matter, so
 * that `Anna2024!` and `anna-anna` are refused for `anna`. There are no rules about kinds of characters. Passwords that exist are not examined.
 * @param field the name in the request
 * @throws AppError invalid_request
 */
export function requireGoodPassword(
  { passwordLengthMin, siteName }: Rules,
  password: string,
  known: KnownOf,
  field = 'password',
): void {
  const say = (rule: string) => invalidRequest(`The '${field}' field ${rule}`)
  if ([...password].length < passwordLengthMin)
    throw say(`must have at least ${passwordLengthMin} characters, which is a setting of this server.`)
  const folded = fold(password)
  if (folded.length <= repeatsMax && new Set(folded).size < 2)
    throw say('repeats a single character; choose something that others cannot guess.')
  if (isCommonPassword(folded))
    throw say('is one of the most common passwords, which are guessed first; choose another one.')
  if (isNameOf(folded, { ...known, siteName }))
    throw say(
      'is a name or the email address of the account, or is made of them; choose something that others cannot guess.',
    )
}

function isNameOf(password: string, names: KnownOf & { siteName: string }): boolean {
  const { username, email, first_name, last_name, siteName } = names
  const whole = [first_name, last_name].filter((name) => name != null).join(' ')
  const localPart = email.slice(0, email.lastIndexOf('@'))
  const all = [username, email, localPart, first_name ?? '', last_name ?? '', whole, siteName].map(fold)
  if (!hasLetters(password)) return all.includes(password)
  // The longest first: `ann` must not leave an `a` of `anna`.
  const known = [...all, ...all.map(lettersOf)]
    .filter((name) => name !== '')
    .sort((a, b) => b.length - a.length)
  return !hasLetters(known.reduce((rest, name) => rest.replaceAll(name, ' '), password))
}

function hasLetters(text: string): boolean {
  return /\p{L}/u.test(text)
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim()
}

/** Without the digits and signs around it. */
function lettersOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
}
