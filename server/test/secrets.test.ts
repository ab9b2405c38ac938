import assert from 'node:assert/strict'
import { argon2Sync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  displayPrefix,
  encodeBase62,
  generateClientId,
  generateSecret,
  hashSecret,
  isWellFormedSecret,
  randomBase62,
  sameHash,
  secretPattern,
} from '../src/access/secret.ts'
import { createVault, sealedPrefix } from '../src/lib/vault.ts'
import { createPasswords } from '../src/users/passwords.ts'

test('base62 counts digits, capitals, small letters, padded on the left', () => {
  for (const [value, width, text] of [
    [0, 1, '0'],
    [0, 6, '000000'],
    [9, 1, '9'],
    [10, 1, 'A'],
    [35, 1, 'Z'],
    [36, 1, 'a'],
    [61, 1, 'z'],
    [62, 1, '10'],
    [3843, 4, '00zz'],
    [2 ** 32 - 1, 6, '4gfFC3'],
  ] as const) {
    assert.equal(encodeBase62(value, width), text)
  }
})

test('random base62 uses every character, and does not repeat', () => {
  const texts = Array.from({ length: 200 }, () => randomBase62(32))
  assert.equal(new Set(texts).size, 200)
  assert.equal(new Set(texts.join('')).size, 62)
  for (const text of texts) assert.match(text, /^[0-9A-Za-z]{32}$/)
})

test('a generated secret is well formed; any one character changed, lost or added is noticed', () => {
  const secret = generateSecret()
  assert.match(secret, secretPattern)
  assert.match(secret, /^cs_live_[0-9A-Za-z]{38}$/)
  assert.equal(isWellFormedSecret(secret), true)
  for (let i = 0; i < secret.length; i++) {
    const other = secret[i] === 'x' ? 'y' : 'x'
    assert.equal(
      isWellFormedSecret(secret.slice(0, i) + other + secret.slice(i + 1)),
      false,
      `character ${i}`,
    )
    assert.equal(isWellFormedSecret(secret.slice(0, i) + secret.slice(i + 1)), false)
  }
  for (const text of ['', `${secret}x`, `${secret}\n`, ` ${secret}`, secret.toLowerCase()])
    assert.equal(isWellFormedSecret(text), false)
})

test('two neighbours that changed places are noticed', () => {
  const secret = generateSecret()
  for (let i = 8; i + 1 < secret.length; i++) {
    if (secret[i] === secret[i + 1]) continue
    const swapped = secret.slice(0, i) + secret[i + 1] + secret[i] + secret.slice(i + 2)
    assert.equal(isWellFormedSecret(swapped), false)
  }
})

test('the checksum is the CRC-32 that other programs can compute', () => {
  // Computed with Python: zlib.crc32(b"cs_live_" + b"0" * 32), written in base62.
  assert.equal(isWellFormedSecret(`cs_live_${'0'.repeat(32)}1aOwaR`), true)
})

test('the stored and displayed parts of a secret do not reveal it', () => {
  const secret = generateSecret()
  assert.match(hashSecret(secret), /^[0-9a-f]{64}$/)
  // FIPS 180-4, the message "abc".
  assert.equal(hashSecret('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(displayPrefix(secret), secret.slice(0, 12))
  assert.match(generateClientId(), /^cs_client_[0-9A-Za-z]{20}$/)
})

test('hashes are compared whole, whatever their lengths', () => {
  const [a, b] = [hashSecret('a'), hashSecret('b')]
  assert.equal(sameHash(a, a), true)
  for (const other of [b, '', a.slice(1), `${a}0`, a.toUpperCase(), 'é'])
    assert.equal(sameHash(a, other), false)
})

test('the vault opens what it sealed, under the same words and key only', () => {
  const vault = createVault('k'.repeat(32))
  const sealed = vault.seal('signing key ✓', 'a')
  assert.equal(vault.open(sealed, 'a'), 'signing key ✓')
  assert.equal(vault.open(vault.seal('', 'a'), 'a'), '')
  assert.equal(createVault('k'.repeat(32)).open(sealed, 'a'), 'signing key ✓')
  assert.throws(() => vault.open(sealed, 'b'))
  assert.throws(() => createVault('l'.repeat(32)).open(sealed, 'a'))
  assert.notEqual(vault.seal('signing key ✓', 'a'), sealed)
  assert.equal(sealed.includes('signing'), false)
})

test('the vault opens nothing of which a bit was changed or a byte lost', () => {
  const vault = createVault(randomBytes(32).toString('hex'))
  const bytes = Buffer.from(vault.seal('twelve bytes', 'a').slice(sealedPrefix(vault.keyId).length), 'base64')
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes)
    changed[i] = (changed[i] ?? 0) ^ 1
    assert.throws(() => vault.open(changed.toString('base64'), 'a'), `byte ${i}`)
    assert.throws(() => vault.open(bytes.subarray(0, i).toString('base64'), 'a'))
  }
})

const passwords = createPasswords()

test('a password is kept as an Argon2id PHC string with a salt of its own', async () => {
  const [one, two] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await passwords.verify('correct horse', one), true)
  assert.equal(await passwords.verify('correct horse', two), true)
  for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', ''])
    assert.equal(await passwords.verify(wrong, one), false)
})

test('a hash made with other parameters is verified by its own', async () => {
  const nonce = Buffer.from('somesalt')
  const parameters = { message: 'password', nonce, memory: 64, passes: 3, parallelism: 2, tagLength: 24 }
  const tag = argon2Sync('argon2id', parameters).toString('base64')
  const stored = `$argon2id$v=19$m=64,t=3,p=2$${nonce.toString('base64').replaceAll('=', '')}$${tag}`
  assert.equal(await passwords.verify('password', stored), true)
  assert.equal(await passwords.verify('passwore', stored), false)
})

test('a user that does not exist has no password, and costs the same work', async () => {
  const stored = await passwords.hash('correct horse')
  // The work itself, in microseconds of the processor: what else the machine does is no part of it.
  const workOf = async (against: string | null) => {
    const before = process.cpuUsage()
    assert.equal(await passwords.verify('wrong', against), false)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  const work = { unknown: Number.POSITIVE_INFINITY, known: Number.POSITIVE_INFINITY }
  for (let i = 0; i < 8; i++) {
    work.unknown = Math.min(work.unknown, await workOf(null))
    work.known = Math.min(work.known, await workOf(stored))
  }
  const ratio = work.unknown / work.known
  assert.ok(ratio > 0.6 && ratio < 1.6, `unknown users take ${ratio.toFixed(2)} of the work of known ones`)
})

test('many passwords at once are all hashed, in turns', async () => {
  const hashes = await Promise.all(Array.from({ length: 8 }, (_, i) => passwords.hash(`password ${i}`)))
  const verified = await Promise.all(hashes.map((stored, i) => passwords.verify(`password ${i}`, stored)))
  assert.deepEqual(verified, Array(8).fill(true))
})

test('a malformed PHC string is an error, not a wrong password', async () => {
  for (const stored of ['', 'plain', '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAA', '$2b$10$abc'])
    await assert.rejects(passwords.verify('x', stored), /not an Argon2id PHC string/)
})
