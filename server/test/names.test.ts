import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readUsername } from '../src/lib/names/usernames.ts'
import { type Json, startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const call = (method: string, path: string, json?: Json) =>
  server.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })

let made = 0
const user = (fields: Json = {}) => {
  made++
  return call('POST', '/users', {
    username: `user${made}`,
    email: `user${made}@example.org`,
    password: 'a passphrase of mine',
    ...fields,
  })
}

/** Zero width space, word joiner, soft hyphen, turned around, a control, half of a character, private use, unassigned. */
const unseen = [
  '\u200b',
  '\u2060',
  '\u00ad',
  '\u202e',
  '\u0001',
  '\u007f',
  '\ud800',
  '\ue000',
  '\u0378',
  '\u3164',
]

test('what nobody can see is refused wherever people read a text, whichever way it comes', async () => {
  const { body: document } = await call('POST', '/documents', { title: 'Plain' })
  const { body: jo } = await user()
  for (const odd of unseen) {
    const text = `a${odd}b`
    const answers = [
      await call('POST', '/documents', { title: text }),
      await call('POST', '/documents', { title: 'x', category: text }),
      await call('PATCH', `/documents/${document.id}`, { title: text }),
      await user({ username: text }),
      await user({ email: `${text}@example.org` }),
      await user({ email: `jo@ex${odd}ample.org` }),
      await user({ profile: { first_name: text } }),
      await user({ profile: { bio: `line\n${text}` } }),
      await call('PATCH', `/users/${jo.id}`, { profile: { phone: text } }),
      await call('POST', '/credentials', { name: text, scopes: ['read'] }),
      await call('POST', '/webhooks', {
        url: 'https://example.com/',
        events: ['user.created'],
        description: text,
      }),
    ]
    for (const answer of answers) assertRefused(answer, 400, /^The '[a-z_.]+' field .+\.$/)
    const { body: batch } = await call('POST', '/documents/batch', {
      items: [{ action: 'create', data: { title: text } }],
    })
    // Half of a character is refused with the whole body.
    assert.equal(batch.meta?.failed ?? 1, 1, JSON.stringify(text))
  }
  for (const title of ['\u2800', '\u0301', ' \u3000 '])
    assertRefused(await call('POST', '/documents', { title }), 400, /'title'/)
})

test('scripts and emoji are written as they need to be', async () => {
  for (const title of [
    '👩‍👩‍👧‍👦 🏳️‍🌈 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'می\u200cخواهم',
    'क्\u200dष',
    'അവന്\u200d',
    '葛\u{e0100}城',
    'سورة \u06dd',
  ]) {
    const { status, body, text } = await call('POST', '/documents', { title, content: 'a\u200bb\n\t' })
    assert.equal(status, 201, text)
    assert.equal(body.title, title)
    assert.equal(body.content, 'a\u200bb\n\t', 'a content is nobody’s name')
  }
  const { body } = await user({ profile: { bio: 'first\nsecond\tline', last_name: '' } })
  const { body: read } = await call('GET', `/users/${body.id}`)
  assert.equal(read.profile.bio, 'first\nsecond\tline')
})

test('a text is stored composed, with plain spaces', async () => {
  const { body } = await call('POST', '/documents', { title: ' Cafe\u0301\u00a0du\u3000Nord ' })
  assert.equal(body.title, 'Café du Nord')
  const { body: changed } = await call('PATCH', `/documents/${body.id}`, { title: 'Cafe\u0301 du Nord' })
  assert.equal(changed.version, body.version, 'the same title in another spelling is no change')
})

test('a category in two spellings is one category, and each spelling filters by it', async () => {
  for (const category of ['Reports é', 'Reports e\u0301', 'Reports\u00a0é', 'Reports  é'])
    assert.equal((await call('POST', '/documents', { title: 'x', category })).body.category, 'Reports é')
  for (const category of ['Reports é', 'Reports e\u0301', 'Reports\u00a0é']) {
    const { body } = await call('GET', `/documents?category=${encodeURIComponent(category)}`)
    assert.equal(body.meta.total_count, 4)
  }
  assert.equal((await call('GET', '/documents?category=a%E2%80%8Bb')).body.meta.total_count, 0)
})

test('usernames have letters of every script, and none can pass for another', async () => {
  for (const username of ['Jürgen', 'Ольга', 'Αθηνά', '美咲Tanaka', '김철수', 'नीति', 'สมชาย', 'محمد.٢'])
    assert.equal((await user({ username })).status, 201, username)
  assert.equal((await user({ username: 'ｆｕｌｌ' })).body.username, 'full')
  for (const taken of ['JÜRGEN', 'Ju\u0308rgen', 'ольга', 'FULL', 'αθηνά'])
    assert.equal((await user({ username: taken })).status, 409, taken)
  await user({ username: 'pacex' })
  assert.equal((await user({ username: 'расех' })).status, 409, 'all of it Cyrillic')
  await user({ username: 'Strasse' })
  assert.equal((await user({ username: 'Straße' })).status, 409)
  for (const username of [
    'аdmin',
    'Zoё',
    'jo\u200dx',
    'jo\u200c',
    'a٢२',
    'jo smith',
    '.jo',
    'jo.',
    '\u0301jo',
    '\u02bcjo',
    '😀',
  ])
    assertRefused(await user({ username }), 400, /^The 'username' field /)
})

test('a name that the server uses itself is refused, however it is spelt', async () => {
  for (const username of ['system', 'Anonymous', 'OPERATOR', 'erased-17', 'ｅｒａｓｅｄ-17', 'Deleted-1'])
    assertRefused(
      await user({ username }),
      400,
      /^The 'username' field is a name that this server uses itself/,
    )
  for (const username of ['systems', 'erased', 'erased-x', 'deleted_1'])
    assert.equal((await user({ username })).status, 201, username)
})

test('a name that looks like another one is taken, in whatever script it is written', async () => {
  for (const [name = '', ...alike] of [
    ['apple', 'аррӏе'],
    ['hello', 'һеӏӏо'],
    ['cell', 'сеӏӏ'],
    ['yes', 'үеѕ', 'уеѕ'],
    ['google', 'ɡooɡle'],
    ['alpha', 'ɑlphɑ'],
    ['vu', 'νυ'],
    ['rope', 'горе'],
    ['noun', 'ոօսո'],
    ['sad', 'ѕаԁ'],
    ['pixy', 'ріху'],
    ['ciao', 'сіао'],
    ['jack', 'јаск'],
    ['HAT', '\u13bb\u13aa\u13a2', 'НАТ', 'ΗΑΤ'],
    ['3ac', 'Зас'],
    ['Θφ', 'Өф', 'өф'],
    ['cáo', 'са\u0301о'],
  ]) {
    assert.equal((await user({ username: name })).status, 201, name)
    for (const other of alike) {
      assert.equal((await user({ username: other })).status, 409, `${name} and ${other}`)
    }
  }
  assertRefused(await user({ username: 'ΝΥ' }), 400, /^The 'username' field looks like a Latin name/)
  for (const username of ['Νίκος', 'Νικη', 'ΝΙΚΟΣ', 'Юлия', 'Գոռ', 'ᏣᎳᎩ', 'ΥΔΡΑ', 'סתו'])
    assert.equal((await user({ username })).status, 201, username)
})

test('a name may be of any script of Unicode, and of one alone', () => {
  const refused: string[] = []
  for (let code = 0x80; code <= 0x3ffff; code++) {
    const letter = String.fromCodePoint(code)
    const isOwnForm = letter.normalize('NFKC') === letter && !/[ΝΥ]/.test(letter)
    if (!isOwnForm || !/[[\p{L}]--[\p{Lm}\p{scx=Zyyy}\p{Default_Ignorable_Code_Point}]]/v.test(letter))
      continue
    const read = readUsername(letter + letter)
    if (!('text' in read)) refused.push(`U+${code.toString(16)}: ${read.problem}`)
  }
  assert.deepEqual(refused, [])
  for (const name of ['𐐀𐐁', '𖬖𖬰𖬖', 'ꤊꤢ', 'ᜊᜊ', '𞤀𞤁𞤂', 'ⴰⵣⵓⵍ']) assert.ok('text' in readUsername(name), name)
  for (const name of ['𐐀a', 'ꤊม', 'аb']) assert.ok('problem' in readUsername(name), name)
})

test('one mailbox is one account, however its address is written', async () => {
  for (const [first = '', ...others] of [
    ['josé@example.org', 'jose\u0301@example.org', 'JOSÉ@EXAMPLE.ORG'],
    [
      'info@münchen.example',
      'info@xn--mnchen-3ya.example',
      'info@MÜNCHEN.example',
      'info@mu\u0308nchen.example.',
    ],
    [
      'y@example.org',
      'y@example\u3002org',
      'y@example\uff0eorg',
      'y＠example.org',
      'ｙ@ｅｘａｍｐｌｅ.org',
      'Y@Example.Org.',
    ],
  ]) {
    assert.equal((await user({ email: first })).status, 201, first)
    for (const email of others) assert.equal((await user({ email })).status, 409, email)
  }
  const { body } = await user()
  assert.equal((await call('PATCH', `/users/${body.id}`, { email: 'y@example\u3002org' })).status, 409)
})

test('an address that no mail server takes is refused', async () => {
  for (const email of [
    '.john@example.org',
    'john..doe@example.org',
    'john.@example.org',
    'john@-example.org',
    'john@example-.org',
    'john@example..org',
    'john@.org',
    'john@localhost',
    'john@127.0.0.1',
    'john@[127.0.0.1]',
    'john@example.123',
    'john@xn--a.example',
    'john@xn--zzzz.example',
    'john@sub.XN--0.example.org',
    'john@xn--.example',
    'john@exa_mple.org',
    'john@example.org/path',
    'john@%65xample.org',
    '"john"@example.org',
    'john doe@example.org',
    'a@b@example.org',
    `${'x'.repeat(65)}@example.org`,
    `${'é'.repeat(33)}@example.org`,
    `john@${'x'.repeat(64)}.org`,
    `john@${`${'x'.repeat(60)}.`.repeat(5)}org`,
    '@example.org',
    'john@',
  ])
    assertRefused(await user({ email }), 400, /^The 'email' field /)
  for (const email of [
    'jo@xn--bcher-kva.example',
    "o'brien+tag@example.co.uk",
    '用户@例子.测试',
    `${'x'.repeat(64)}@example.org`,
  ])
    assert.equal((await user({ email })).status, 201, email)
})

test('a person signs in by any spelling of the name or the address', async () => {
  const password = 'a passphrase of mine'
  await user({ username: 'Łukasz', email: 'łukasz@żółw.example', password })
  for (const username of [
    'Łukasz',
    'ŁUKASZ',
    'ł\uff55kasz',
    'ŁUKASZ@żółw.example',
    'łukasz\uff20xn--w-uga1v8h.example',
    'łukasz@z\u0307o\u0301łw.example.',
  ]) {
    const { status, text } = await server.call('POST', '/api/v1/session', { json: { username, password } })
    assert.equal(status, 201, `${username}: ${text}`)
  }
})

test('guesses at one account count together, however its name is spelt', async () => {
  const strict = await startServer({ env: { COMSERV_RATE_LIMIT_SIGN_IN: '3' } })
  const guess = async (username: string) =>
    (await strict.call('POST', '/api/v1/session', { json: { username, password: 'a wrong guess' } })).status
  for (const name of ['ada', 'ADA', '\uff41da']) assert.equal(await guess(name), 401, name)
  assert.equal(await guess('\uff21\uff24\uff21'), 429)
})

test('a search must have a letter or digit once it is folded', async () => {
  for (const q of ['!?', '\u0640', '\u200c', '👍'])
    assertRefused(
      await call('GET', `/documents?q=${encodeURIComponent(q)}`),
      400,
      /^The 'q' query parameter must have at least one letter or digit\.$/,
    )
})
