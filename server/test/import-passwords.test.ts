import assert from 'node:assert/strict'
import { argon2Sync, createHash } from 'node:crypto'
import { test } from 'node:test'
import { startServer } from './harness.ts'
import { fileFolder, ndjson, runImport } from './importing.ts'

const server = await startServer()
const { file } = fileFolder()
const letters = (count: number) =>
  './abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'.repeat(3).slice(0, count)
const hex = (name: string) => createHash(name).update('x').digest('hex')

const hashes: [string, string][] = [
  ['bcrypt', '$2y$10$a9pghn27d7m0ltXvlX8LiOowy7XfFw0hW0G80OjKYQ1jaoejaA7NC'],
  ['bcrypt', `$2b$12$${letters(53)}`],
  ['bcrypt', `$2a$10$${letters(53)}`],
  ['bcrypt', `$2x$10$${letters(53)}`],
  ['Argon2', '$argon2d$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG'],
  ['Argon2', '$argon2i$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG'],
  ['Argon2', '$argon2id$v=19$m=9999999,t=3,p=4$c29tZXNhbHRzYWx0$RdescudvJCsgt3ub+b4dWRWJTmaaJObG'],
  ['PHPass', `$P$B${letters(30)}`],
  ['PHPass', `$H$9${letters(30)}`],
  ['Drupal', `$S$D${letters(51)}`],
  ['MD5-crypt', `$1$saltsalt$${letters(22)}`],
  ['MD5-crypt', `$apr1$saltsalt$${letters(22)}`],
  ['SHA-crypt', `$5$rounds=5000$salt$${letters(43)}`],
  ['SHA-crypt', `$6$saltsalt$${letters(86)}`],
  ['yescrypt or scrypt', `$y$j9T$salt$${letters(43)}`],
  ['yescrypt or scrypt', `$7$C6..../....saltsalt$${letters(43)}`],
  ['scrypt', `$scrypt$ln=16,r=8,p=1$c2FsdA$${letters(43)}`],
  ['Werkzeug', `scrypt:32768:8:1$salt$${hex('sha512')}`],
  ['Werkzeug', `pbkdf2:sha256:600000$salt$${hex('sha256')}`],
  ['PBKDF2', `$pbkdf2-sha256$29000$salt$${letters(43)}`],
  ['PBKDF2', `pbkdf2_sha256$600000$salt$${letters(43)}=`],
  ['Django', `bcrypt_sha256$$2b$12$${letters(53)}`],
  ['LDAP', '{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3'],
  ['LDAP', `{CRYPT}$6$saltsalt$${letters(86)}`],
  ['SCRAM', 'SCRAM-SHA-256$4096:c2FsdA==$key:key'],
  ['PostgreSQL', `md5${hex('md5')}`],
  ['MySQL', `*${hex('sha1').toUpperCase()}`],
  ['ASP.NET Identity', `AQAAAAIAAYagAAAAE${letters(66).replaceAll('.', '+')}==`],
  ['hexadecimal', hex('md5')],
  ['hexadecimal', hex('sha256').toUpperCase()],
  ['salted hexadecimal', `${hex('md5')}:salt`],
  ['bcrypt', `$wp$2y$10$${letters(53)}`],
  ['bcrypt', `$2y$10$${letters(43)}`],
  ['bcrypt', `$2B$10$${letters(53)}`],
  ['bcrypt', `\\$2b\\$10\\$${letters(53)}`],
  ['bcrypt', `bcrypt:$2b$10$${letters(53)}`],
  ['LDAP', `{BCRYPT}$2b$10$${letters(53)}`],
  ['SHA-crypt', `!$6$saltsalt$${letters(86)}`],
  ['SHA-crypt', `*LK*$6$saltsalt$${letters(40)}`],
  ['Argon2', 'argon2:$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG'],
  ['salted hexadecimal', `sha256$salt$${hex('sha256')}`],
  ['salted hexadecimal', `md5:${hex('md5')}`],
  ['salted hexadecimal', `sha512:${hex('sha512')}`],
  ['salted hexadecimal', `Sha1:${hex('sha1')}`],
  ['marked with its algorithm', `sha256:${createHash('sha256').update('x').digest('base64')}`],
  ['AuthMe', `$SHA$0123456789abcdef$${hex('sha256')}`],
  ['Oracle', `S:${hex('sha1').toUpperCase()}0123456789ABCDEF0123`],
  ['SQL Server', `0x0200${hex('sha512').toUpperCase()}01234567`],
  ['SQL Server', `0x0100${hex('sha1').toUpperCase()}01234567`],
  ['hexadecimal', `\\x${hex('sha256')}`],
  ['hexadecimal', hex('sha384')],
  ['salted hexadecimal', `${hex('md5')}:a salt with (signs)`],
  ['crypt', `$ml$12000$${createHash('sha256').update('x').digest('base64url')}`],
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha512'].map((name): [string, string] => [
    'base64',
    createHash(name).update('x').digest('base64'),
  ]),
]

test('a hash of a password is refused by its row, whatever made it', async () => {
  const users = hashes.map(([, password], i) => ({
    username: `hash${i}`,
    email: `hash${i}@example.org`,
    password,
  }))
  const { out } = await runImport(server, ['users', file('ndjson', ndjson(users))])
  assert.deepEqual(
    out.slice(0, -1),
    hashes.map(
      ([kind], i) =>
        `line ${i + 1}: The 'password' field is a hash (${kind}), not a password, and cannot be verified here; leave the field out with --map "password=" and set a password afterwards.`,
    ),
  )
  const csv = [
    'username,email,password',
    ...users.map((user, i) => `csv${i},csv${i}@example.org,"${user.password}"`),
  ]
  const asCsv = await runImport(server, ['users', file('csv', `${csv.join('\n')}\n`)])
  assert.deepEqual(
    asCsv.out.slice(0, -1).map((line) => /^line \d+: .*hash \((.*?)\)/.exec(line)?.[1]),
    hashes.map(([kind]) => kind),
  )
  const without = await runImport(server, [
    'users',
    '--map',
    'password=',
    file('ndjson', `\n${ndjson(users)}`),
  ])
  assert.equal(without.code, 0)
})

test('passwords that only look a little like hashes are passwords', async () => {
  const passwords = [
    '$2y$ is my money',
    '{curly} braces',
    'pbkdf2 rocks!',
    'deadbeef cafe',
    '*starred*',
    '$P$ and $H$',
    'md5md5md5',
    'correct horse battery',
    'my$money$2024',
    '$money$makes-the-world-go-round',
    'correcthorses',
    'Summer2024Cat',
    '1234567890123456',
    'sha256: what a hash',
    '!Passw0rd!',
    '_MySecretPassword123',
  ]
  const users = passwords.map((password, i) => ({
    username: `plain${i}`,
    email: `plain${i}@example.org`,
    password,
  }))
  assert.equal((await runImport(server, ['users', file('ndjson', ndjson(users))])).code, 0)
  for (const { username, password } of users)
    assert.equal(
      (await server.call('POST', '/api/v1/session', { json: { username, password } })).status,
      201,
      password,
    )
})

test('passwords that could each be made up are hashes where a column has nothing else', async () => {
  const columns = {
    'DES crypt': ['rl.3StKT.4T8M', 'ab0vHqoTGpX6k', 'K.pOg0fU2hvSw'],
    'extended DES crypt': ['_J9..rasmBYk8r9AiWNc', '_6C/.yaiu.qYjjLVqSnM'],
    hexadecimal: ['606717496665bcba', '2fbb4a6d0c3e91f7'],
    base64: ['md5', 'sha1'].map((name) => createHash(name).update('y').digest('base64url')),
  }
  for (const [kind, passwords] of Object.entries(columns)) {
    const rows = passwords.map((password, i) => ({ username: `${kind.replaceAll(' ', '')}${i}`, password }))
    const users = rows.map((row) => ({ ...row, email: `${row.username}@example.org` }))
    const lines = users.map(({ username, email, password }) => `${username},${email},${password}`)
    for (const path of [
      file('ndjson', ndjson(users)),
      file('csv', `username,email,password\n${lines.join('\n')}\n`),
    ]) {
      const { out } = await runImport(server, ['users', path])
      const refused = out.filter((line) => line.includes(`is a hash (${kind}), not a password`))
      assert.equal(refused.length, passwords.length, out.join('\n'))
    }
    const among = [
      ...users,
      {
        username: `${users[0]?.username}x`,
        email: `${users[0]?.username}x@example.org`,
        password: 'correct horse battery',
      },
    ]
    const { code, out } = await runImport(server, ['users', file('ndjson', ndjson(among))])
    assert.equal(code, 0, out.join('\n'))
  }
  const made = ['correcthorses', 'batterystaple', 'purplemonkeys'].map((password, i) => ({
    username: `made${i}`,
    email: `made${i}@example.org`,
    password,
  }))
  assert.equal((await runImport(server, ['users', file('ndjson', ndjson(made))])).code, 0)
})

test('many passwords in one file are all hashed', async () => {
  const users = Array.from({ length: 120 }, (_, i) => ({
    username: `many${i}`,
    email: `many${i}@example.org`,
    password: 'correct horse battery',
  }))
  const { code, out, err } = await runImport(server, ['users', file('ndjson', ndjson(users))])
  assert.deepEqual([code, err], [0, []], out.join('\n'))
})

test('Argon2id is stored as it is: the password behind it signs in, and the text of the hash does not', async () => {
  const nonce = Buffer.from('0123456789abcdef')
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  const tag = argon2Sync('argon2id', {
    message: 'correct horse',
    nonce,
    parallelism: 4,
    memory: 1_024,
    passes: 2,
    tagLength: 24,
  })
  const phc = `$argon2id$v=19$m=1024,t=2,p=4$${unpadded(nonce)}$${unpadded(tag)}`
  const users = [phc, `argon2${phc}`].map((password, i) => ({
    username: `argon${i}`,
    email: `argon${i}@example.org`,
    password,
  }))
  const { code, out } = await runImport(server, ['users', file('ndjson', ndjson(users))])
  assert.equal(code, 0, out.join('\n'))
  for (const { username, password } of users) {
    const signIn = async (given: string) =>
      (await server.call('POST', '/api/v1/session', { json: { username, password: given } })).status
    assert.equal(await signIn('correct horse'), 201)
    assert.equal(await signIn(password), 401)
  }
})
