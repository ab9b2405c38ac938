/**
 * Password hashes of other systems. A file of users often has them in the column `password`; taken as the password, they
 * would let everybody sign in who has ever seen that table. Formats with a distinctive prefix match even when truncated,
 * as by a column of 50 characters.
 */
const formats: readonly [pattern: RegExp, name: string][] = [
  [/^(?:bcrypt[:$]+)?\$(?:wp\$)?2[abxyk]?\$\d{2}\$[./a-z0-9]{10,}$/i, 'bcrypt'],
  [/^(?:argon2(?:id|i|d)?:?)?\$argon2(?:id|i|d)\$/i, 'Argon2'],
  [/^\$[PH]\$[./A-Za-z0-9]{10,}$/, 'PHPass'],
  [/^U?\$S\$[./A-Za-z0-9]{10,}$/, 'Drupal'],
  [/^\$(?:1|apr1)\$[^$\s]{0,16}\$[./A-Za-z0-9]{8,}$/, 'MD5-crypt'],
  [/^\$md5[$,]\S{16,}$/, 'MD5-crypt'],
  [/^\$[56]\$(?:rounds=\d+\$)?[^$\s]{0,16}\$[./A-Za-z0-9]{10,}$/, 'SHA-crypt'],
  [/^\$sha1\$\d+\$/, 'SHA1-crypt'],
  [/^\$SHA\$\S{16,}$/i, 'AuthMe'],
  [/^\$(?:y|gy|7)\$[./A-Za-z0-9]/, 'yescrypt or scrypt'],
  [/^\$(?:scrypt|s0|s1)\$/, 'scrypt'],
  [/^(?:scrypt|pbkdf2)(?::[A-Za-z0-9]+)+\$[^$]+\$[0-9a-fA-F]{16,}$/, 'Werkzeug'],
  [/^SCRYPT:\d+:/, 'scrypt'],
  [/^\$?pbkdf2[-_a-z0-9]*[$:]+\d+[$:]/i, 'PBKDF2'],
  [/^\$bcrypt-sha256\$/, 'bcrypt'],
  [
    /^(?:pbkdf2_sha\d+|bcrypt(?:_sha256)?|scrypt|argon2|sha1|md5|unsalted_(?:md5|sha1)|crypt)\$.*\$/,
    'Django',
  ],
  [/^\{[A-Za-z0-9_.+/-]{2,24}\}\S{8,}$/, 'LDAP'],
  [/^SCRAM-SHA-\d+\$\d+:/, 'SCRAM'],
  [/^md5[0-9a-f]{32}$/, 'PostgreSQL'],
  [/^\*[0-9A-F]{40}$/i, 'MySQL'],
  [/^0x0[12]00[0-9a-f]{40,}$/i, 'SQL Server'],
  [/^[SHT]:[0-9a-f]{32,}(?:;[SHT]:[0-9a-f]{32,})*;?$/i, 'Oracle'],
  [/^AQAAAA[A-Za-z0-9+/]{40,}={0,2}$/, 'ASP.NET Identity'],
  [/^sha(?:1|256|384|512)-[A-Za-z0-9+/]{27,86}={0,2}$/i, 'base64'],
  [/^(?:0x|\\x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{56}|[0-9a-f]{64})$/i, 'hexadecimal'],
  [/^(?:0x|\\x)?(?:[0-9a-f]{96}|[0-9a-f]{128})$/i, 'hexadecimal'],
  [
    /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})[:$|;,].+$/i,
    'salted hexadecimal',
  ],
  [
    /^\S{1,64}[:$|;,](?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i,
    'salted hexadecimal',
  ],
  [
    /^(?:un|x-)?(?:salted[-_]?)?(?:s?md[245]|s?sha(?:-?[1235]\d{0,2})?(?:[-/_]\d{3})?|sha\d+crypt|md5crypt|bcrypt|argon2(?:id|i|d)?|s?crypt|yescrypt|pbkdf2|ripemd-?\d*|whirlpool|blake2[bs]?|ntlm|phpass)[:$|]\S{16,}$/i,
    'marked with its algorithm',
  ],
]

/** Of 16, 20, 28, 32 or 64 bytes, or of a digest and its salt. */
const paddedBase64 = /^[A-Za-z0-9+/_-]{22,}={1,2}$/
/** `$name$…`, as crypt(3) of one system or another has it. */
const modular = /^\$[A-Za-z0-9_-]{1,24}\$(\S{16,})$/
const digest = /[A-Za-z0-9./+=_]{16,}/g

/** @returns the kind of hash, or undefined when the text may be a password */
export function passwordHashKind(text: string): string | undefined {
  // From a shell or a script that wrote `\$`.
  const plain = text.trim().replaceAll('\\$', '$')
  return kindOf(plain) ?? kindOf(plain.replace(lock, ''))
}

/** Marks the hash of a locked account in /etc/shadow. */
const lock = /^(?:!{1,2}|\*LK\*|\*)(?=\S)/

function kindOf(plain: string): string | undefined {
  const known = formats.find(([pattern]) => pattern.test(plain))?.[1]
  if (known !== undefined) return known
  if (plain.length % 4 === 0 && paddedBase64.test(plain)) return 'base64'
  const rest = modular.exec(plain)?.[1]
  return rest?.match(digest)?.some((run) => mixOf(run) >= mixMin) ? 'crypt' : undefined
}

/** A single match may be a made-up password; a column with nothing else holds hashes. */
const vagueFormats: readonly [pattern: RegExp, name: string][] = [
  // The last character encodes fewer bits than the others.
  [/^[./0-9A-Za-z]{12}[.26AEIMQUYcgkosw]$/, 'DES crypt'],
  [/^_[./0-9A-Za-z]{19}$/, 'extended DES crypt'],
  [/^[0-9a-f]{16}$/i, 'hexadecimal'],
  [/^(?:[\w+/-]{21}|[\w+/-]{37}|[\w+/-]{85})[AQgw]$/, 'base64'],
  [/^(?:[\w+/-]{26}|[\w+/-]{42})[AEIMQUYcgkosw048]$/, 'base64'],
  [/^[\w+/-]{64}$/, 'base64'],
]

/** How often the class of characters changes: 0.6 in random text, less than 0.3 in text by people. */
const mixMin = 0.35

function mixOf(text: string): number {
  const kinds = [...text].map((character) =>
    /[a-z]/.test(character) ? 'a' : /[A-Z]/.test(character) ? 'A' : /\d/.test(character) ? '0' : '.',
  )
  const turns = kinds.filter((kind, i) => i > 0 && kind !== kinds[i - 1]).length
  return turns / Math.max(1, text.length - 1)
}

/** All passwords of a file, which tell more than each alone. */
export class PasswordColumn {
  #onlyHashes = true
  #vague = 0
  #mix = 0

  /** Call it for every row before the first `kindOf`. */
  add(text: string): void {
    if (!this.#onlyHashes || text.trim() === '' || passwordHashKind(text) !== undefined) return
    this.#onlyHashes = vagueKindOf(text) !== undefined
    this.#vague++
    this.#mix += mixOf(text.trim())
  }

  /** @returns as passwordHashKind does */
  kindOf(text: string): string | undefined {
    const isOfHashes = this.#onlyHashes && this.#vague > 0 && this.#mix / this.#vague >= mixMin
    return passwordHashKind(text) ?? (isOfHashes ? vagueKindOf(text) : undefined)
  }
}

function vagueKindOf(text: string): string | undefined {
  return vagueFormats.find(([pattern]) => pattern.test(text.trim()))?.[1]
}

/** A hostile or mistaken parameter must not cost the machine's memory at every sign-in of that user. */
const memoryKibMax = 256 * 1024
const passesMax = 16
const parallelismMax = 16

/** @returns the text in its stored form, when it is a hash that can be verified here: Argon2id, version 19 */
export function ownedHash(text: string): string | undefined {
  const phc = text.trim().replace(/^argon2(?=\$argon2id\$)/, '')
  const found =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,171})$/.exec(
      phc,
    )
  if (!found) return undefined
  const [memory = 0, passes = 0, parallelism = 0] = found.slice(1, 4).map(Number)
  const fits =
    parallelism >= 1 &&
    parallelism <= parallelismMax &&
    passes >= 1 &&
    passes <= passesMax &&
    memory >= 8 * parallelism &&
    memory <= memoryKibMax
  return fits ? phc : undefined
}
