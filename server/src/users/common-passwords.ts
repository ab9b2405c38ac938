import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * The passwords that are guessed first: those of 8 characters or more in the lists of Django (BSD-3-Clause) and of zxcvbn
 * (MIT), in lower case, one a line. They hold all but nine of those among the 10,000 commonest of ten million leaked
 * passwords; eight of the nine repeat one character, which password-rules.ts refuses anyway. `securepassword`, which the
 * documentation uses as an example, is in neither list.
 */
const file = join(import.meta.dirname, 'common-passwords.txt.gz')

/** Read when the first password is set, in 10 ms, and 140 KB from then on. A search takes 0.1 ms, a hash of Argon2id 25 ms. */
let lines: string | undefined

/** @param password in lower case */
export function isCommonPassword(password: string): boolean {
  lines ??= `\n${gunzipSync(readFileSync(file)).toString('latin1')}`
  return lines.includes(`\n${password}\n`)
}
