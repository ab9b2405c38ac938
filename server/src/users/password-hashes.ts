/**
 * What other systems keep instead of a password. A file of users often brings it in the column `password`; set as the
 * password, it would let everybody sign in who has ever seen that table.
 */
const formats: readonly [pattern: RegExp, name: string][] = [
  [/^\$2[abxy]?\$\d{2}\$[./A-Za-z0-9]{53}$/, 'bcrypt'],
  [/^(?:argon2)?\$argon2(?:id|i|d)\$/, 'Argon2'],
  [/^\$[PH]\$[./A-Za-z0-9]{31}$/, 'PHPass'],
  [/^U?\$S\$[./A-Za-z0-9]{20,}$/, 'Drupal'],
  [/^\$(?:1|apr1)\$[^$]{0,8}\$[./A-Za-z0-9]{22}$/, 'MD5-crypt'],
  [/^\$[56]\$(?:rounds=\d+\$)?[^$]{0,16}\$[./A-Za-z0-9]{43,86}$/, 'SHA-crypt'],
  [/^\$sha1\$\d+\$/, 'SHA1-crypt'],
  [/^\$(?:y|gy|7)\$[./A-Za-z0-9]/, 'yescrypt or scrypt'],
  [/^\$(?:scrypt|s0|s1)\$/, 'scrypt'],
  [/^(?:scrypt|pbkdf2)(?::[A-Za-z0-9]+)+\$[^$]+\$[0-9a-fA-F]{32,}$/, 'Werkzeug'],
  [/^SCRYPT:\d+:/, 'scrypt'],
  [/^\$?pbkdf2[-_a-z0-9]*[$:]+\d+[$:]/i, 'PBKDF2'],
  [/^\$bcrypt-sha256\$/, 'bcrypt'],
  [
    /^(?:pbkdf2_sha\d+|bcrypt(?:_sha256)?|scrypt|argon2|sha1|md5|unsalted_(?:md5|sha1)|crypt)\$.*\$/,
    'Django',
  ],
  [/^\{[A-Za-z0-9_.-]{2,24}\}\S{8,}$/, 'LDAP'],
  [/^SCRAM-SHA-\d+\$\d+:/, 'SCRAM'],
  [/^md5[0-9a-f]{32}$/, 'PostgreSQL'],
  [/^\*[0-9A-F]{40}$/, 'MySQL'],
  [/^AQAAAA[A-Za-z0-9+/]{40,}={0,2}$/, 'ASP.NET Identity'],
  [
    /^(?:0x)?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i,
    'hexadecimal',
  ],
  [/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})[:$]\S+$/i, 'salted hexadecimal'],
]

/** @returns what kind of hash the text is, or undefined when it may be a password */
export function passwordHashKind(text: string): string | undefined {
  const trimmed = text.trim()
  return formats.find(([pattern]) => pattern.test(trimmed))?.[1]
}

/** A hostile or mistaken figure must not cost every sign-in of that user the machine's memory. */
const memoryKibMax = 256 * 1024
const passesMax = 16
const parallelismMax = 16

/** @returns the text as it is stored, when it is a hash that can be verified here: Argon2id, version 19 */
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
