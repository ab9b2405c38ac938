import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { base64url, decodeJwt, decodeProtectedHeader, importJWK, SignJWT } from 'jose'
import { startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const credential = await server.credential('read')
const token = await server.token(credential)
const { kid, ...header } = decodeProtectedHeader(token) as { alg: string; typ: string; kid: string }
const claims = decodeJwt(token)
const nowSeconds = server.clock.now() / 1_000

/** The server's own key: with it a forger has everything but the right to the claims. */
const row = await server.context.database.read
  .selectFrom('signing_keys')
  .selectAll()
  .where('kid', '=', kid)
  .executeTakeFirstOrThrow()
const jwk = JSON.parse(server.context.vault.open(row.private_jwk, `signing-key ${kid}`))
const key = await importJWK(jwk, 'HS256')

const sign = (
  changes: object = {},
  headerChanges: object = {},
  signer: Parameters<SignJWT['sign']>[0] = key,
) =>
  new SignJWT({ ...claims, ...changes }).setProtectedHeader({ ...header, kid, ...headerChanges }).sign(signer)

const unsigned = (protectedHeader: object, payload: object, signature = '') =>
  [...[protectedHeader, payload].map((part) => base64url.encode(JSON.stringify(part))), signature].join('.')

async function assertForged(
  forged: string,
  name: string,
  details = /^The access token is not valid here\.$/,
) {
  const answer = await server.call('GET', '/api/v1/users', { token: forged })
  assert.equal(answer.status, 401, `${name}: ${answer.text}`)
  assertRefused(answer, 401, details)
  assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
  assert.equal(answer.headers.get('x-ratelimit-limit'), '1000000')
}

test('the same claims under the same key are accepted, so that what follows can fail', async () => {
  assert.equal((await server.call('GET', '/api/v1/users', { token: await sign() })).status, 200)
  assert.equal(
    (await server.call('GET', '/api/v1/users', { token: await sign({ jti: 'other' }) })).status,
    200,
  )
})

test('a token without a signature is refused, whatever alg says', async () => {
  const [, , signature = ''] = token.split('.')
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
    for (const sent of ['', signature])
      await assertForged(unsigned({ ...header, kid, alg }, claims, sent), `alg ${alg}`)
  }
  await assertForged(unsigned({ ...header, kid }, claims), 'no signature')
  await assertForged(unsigned({ typ: 'at+jwt', kid }, claims, signature), 'no alg')
})

test('a key verifies with its own algorithm only', async () => {
  const secret = base64url.decode(jwk.k)
  for (const alg of ['HS384', 'HS512']) {
    const long = Buffer.concat([secret, Buffer.alloc(32)])
    await assertForged(await sign({}, { alg }, long), alg)
  }
  const pairs = {
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    EdDSA: generateKeyPairSync('ed25519'),
  }
  for (const [alg, { privateKey }] of Object.entries(pairs))
    await assertForged(await sign({}, { alg }, privateKey), alg)
})

test('a token signed with another key is refused, also when it brings the key along', async () => {
  const other = randomBytes(32)
  await assertForged(await sign({}, {}, other), 'another key')
  const ownJwk = { kty: 'oct', k: base64url.encode(other) }
  await assertForged(await sign({}, { jwk: ownJwk }, other), 'jwk in the header')
  await assertForged(await sign({}, { jku: 'http://127.0.0.1:9/jwks.json' }, other), 'jku in the header')
})

test('an unknown, missing or odd kid is refused, also under the right key', async () => {
  for (const wrong of [
    'unknown',
    '',
    `${kid}x`,
    '../../dev/null',
    "' OR 1=1 --",
    '__proto__',
    'k'.repeat(5_000),
  ])
    await assertForged(await sign({}, { kid: wrong }), `kid ${wrong.slice(0, 20)}`)
  await assertForged(await new SignJWT(claims).setProtectedHeader(header).sign(key), 'no kid')
})

test('another issuer, audience or type is refused', async () => {
  for (const changes of [
    { iss: 'http://127.0.0.1:1' },
    { iss: `${server.url}/` },
    { iss: [server.url] },
    { aud: server.url },
    { aud: 'https://example.org/api/v1' },
    { aud: [] },
  ]) {
    await assertForged(await sign(changes), JSON.stringify(changes))
  }
  for (const typ of ['JWT', 'jwt', 'id+jwt', 'logout+jwt', ''])
    await assertForged(await sign({}, { typ }), typ)
  await assertForged(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(key), 'no typ')
})

test('a token that has expired, is not valid yet or has no time is refused', async () => {
  const expired = /^The access token has expired; get a new one\.$/
  await assertForged(await sign({ exp: nowSeconds }), 'expires now', expired)
  await assertForged(await sign({ exp: nowSeconds - 1 }), 'expired', expired)
  await assertForged(await sign({ exp: 0 }), 'expired in 1970', expired)
  await assertForged(await sign({ nbf: nowSeconds + 60 }), 'not yet')
  await assertForged(await sign({ exp: String(nowSeconds + 60) as never }), 'exp as text')
})

test('a token that lacks a claim is refused', async () => {
  for (const name of ['iss', 'aud', 'exp', 'iat', 'sub', 'jti', 'client_id', 'scope'])
    await assertForged(await sign({ [name]: undefined }), `no ${name}`)
})

test('a scope that does not exist is refused, and one beyond the credential opens nothing', async () => {
  for (const scope of ['nonsense', '', ' ', 5, ['admin'], { admin: true }])
    await assertForged(await sign({ scope }), `scope ${JSON.stringify(scope)}`)
  const beyond = await server.call('GET', '/api/v1/credentials', { token: await sign({ scope: 'admin' }) })
  assertRefused(beyond, 403, /'credentials:read'/)
})

test('bytes that are changed, cut or added are refused', async () => {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const more = base64url.encode(JSON.stringify({ ...claims, scope: 'admin' }))
  const swapped = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)
  for (const forged of [
    `${head}.${more}.${signature}`,
    `${head}.${payload}.${swapped}`,
    `${head}.${payload}.${signature.slice(0, -4)}`,
    `${head}.${payload}.`,
    `${head}.${payload}`,
    `${token}.x`,
    'x',
    '..',
    'a'.repeat(10_000),
  ]) {
    await assertForged(forged, forged.slice(0, 20))
  }
})

test('a good token of a credential that is unknown, deleted or revoked is refused', async () => {
  const gone = /^The credential of this access token does not exist any more\.$/
  const unknown = await sign({ client_id: 'cs_client_unknown', sub: 'cs_client_unknown' })
  await assertForged(unknown, 'unknown client', gone)
  const deleted = await server.credential('read')
  const revoked = await server.credential('read')
  const tokens = [await server.token(deleted), await server.token(revoked)]
  for (const one of tokens)
    assert.equal((await server.call('GET', '/api/v1/users', { token: one })).status, 200)
  const { secret: admin } = await server.credential('admin')
  await server.call('DELETE', `/api/v1/credentials/${revoked.id}`, { key: admin })
  await server.context.database.write(async (trx) => {
    trx.count('credentials', -1)
    trx.afterCommit(() => server.context.credentials.forgetAll())
    await trx.db.deleteFrom('credential_secrets').where('credential_id', '=', deleted.id).execute()
    await trx.db.deleteFrom('credentials').where('id', '=', deleted.id).execute()
  })
  await assertForged(tokens[0] ?? '', 'deleted', gone)
  await assertForged(tokens[1] ?? '', 'revoked', /^The credential was revoked\.$/)
})
