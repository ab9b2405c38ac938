import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { jsonValues } from '../src/import/json-values.ts'
import { type Json, startServer } from './harness.ts'
import { fileFolder, ndjson, runImport } from './importing.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
const { file, newPath } = fileFolder()

let imports = 0
const two = () => {
  const star = `i${++imports}`
  return ['a', 'b'].map((name) => ({ username: star + name, email: `${star}${name}@example.org` }))
}
const importUsers = (content: string | Uint8Array, ...options: string[]) =>
  runImport(server, ['users', ...options, file('json', content)])

const forms: [string, (rows: Json[]) => string | Uint8Array][] = [
  ['an array over many lines', (rows) => JSON.stringify(rows, null, 1)],
  ['an array in one line', (rows) => JSON.stringify(rows)],
  ['an array with a comma too many', (rows) => `[${rows.map((row) => JSON.stringify(row)).join(',\n')},]`],
  ['objects over many lines', (rows) => rows.map((row) => JSON.stringify(row, null, 2)).join('\n')],
  [
    'objects with commas between',
    (rows) => rows.map((row) => `${JSON.stringify(row, null, 2)},\r\n`).join(''),
  ],
  ['two objects in one line', (rows) => rows.map((row) => JSON.stringify(row)).join(' ')],
  ['NDJSON with CR alone', (rows) => ndjson(rows).replaceAll('\n', '\r')],
  ['NDJSON in UTF-16', (rows) => Buffer.from(`\ufeff${ndjson(rows)}`, 'utf16le')],
  ['NDJSON with a mark', (rows) => `\ufeff${ndjson(rows)}`],
]
for (const [what, form] of forms) {
  test(`JSON is read as it is meant: ${what}`, async () => {
    const { code, out, err } = await importUsers(form(two()))
    assert.deepEqual(
      [code, out],
      [0, ['2 users were imported, 0 refused, 0 skipped; 2 rows read.']],
      err.join(),
    )
  })
}

test('one object is one row, and of no object there is none', async () => {
  const [one] = two()
  assert.equal(
    (await importUsers(JSON.stringify(one, null, 2))).out[0],
    '1 user was imported, 0 refused, 0 skipped; 1 row read.',
  )
  for (const empty of ['', '\n', '[]', '\ufeff'])
    assert.match((await importUsers(empty)).out[0] ?? '', /^0 users were imported, 0 refused, \d skipped/)
})

test('values of an array are told by line and number, and repeated by number alone', async () => {
  const rows = two()
  const content = JSON.stringify([...rows, 7, { username: 'x' }])
  const first = await importUsers(content)
  assert.deepEqual(first.out, [
    'line 1, value 3: The value is not a JSON object.',
    "line 1, value 4: The 'email' field is required",
    '2 users were imported, 2 refused, 0 skipped; 4 rows read.',
  ])
  const again = await importUsers(content)
  assert.equal(again.out[2], '0 users were imported, 2 refused, 2 skipped (2 imported earlier); 4 rows read.')
})

test('what is no list of objects is refused in a sentence, before anything is written', async () => {
  const before = (await server.call('GET', '/api/v1/users', { key })).body.meta.total_count
  const rows = JSON.stringify(two(), null, 1)
  const zip = Buffer.from('PK\x03\x04\x14\x00')
  const cases: [string | Uint8Array, RegExp][] = [
    [
      rows.slice(0, -1),
      /^The file is a JSON array that is broken in line 10: the array is not closed\. Nothing was imported\.$/,
    ],
    [
      rows.replace('"email"', '"email'),
      /^The file is a JSON array that is broken in line \d+: .* Nothing was imported\.$/,
    ],
    [`${rows} ]`, /broken in line 10: more text follows the array/],
    [
      JSON.stringify({ data: two(), meta: {} }),
      /^The file is an object that holds a list under 'data'; .* jq -c '\.data\[\]'/,
    ],
    [JSON.stringify({ users: two() }, null, 2), /holds a list under 'users'/],
    ['username,email\na,b\n', /^The file looks like CSV; give --format csv\./],
    [zip, /^The file is a ZIP archive or a spreadsheet \(XLSX, ODS\)/],
    [gzipSync('x'), /^The file is compressed by gzip/],
    [Buffer.from('d0cf11e0a1b11ae1', 'hex'), /old Microsoft Office/],
    [Buffer.from('fffe00005b000000', 'hex'), /^The file is in UTF-32/],
    [Buffer.from('fffe00d8', 'hex'), /^The file is not valid UTF-16LE/],
  ]
  for (const [content, problem] of cases) {
    const { code, out, err } = await importUsers(content)
    assert.deepEqual([code, out], [1, []])
    assert.match(err.join('\n'), problem)
  }
  assert.equal((await server.call('GET', '/api/v1/users', { key })).body.meta.total_count, before)
})

test('keys are mapped and left out, within objects too, and times get their zone', async () => {
  const [a] = two() as [Json]
  const row = {
    login: a.username,
    contact: { mail: a.email },
    name: { first: 'Ada' },
    created_at: '2023-01-15 09:30:00',
    shoe: 44,
  }
  const maps = ['login=username', 'contact.mail=email', 'name.first=profile.first_name', 'shoe=']
  const { code, out } = await importUsers(
    ndjson([row]),
    ...maps.flatMap((map) => ['--map', map]),
    '--time-zone',
    'UTC',
  )
  assert.equal(code, 0, out.join('\n'))
  const { data } = (await server.call('GET', `/api/v1/users?q=${a.username}`, { key })).body
  const { body } = await server.call('GET', `/api/v1/users/${data[0].id}`, { key })
  assert.deepEqual([body.profile.first_name, body.created_at], ['Ada', '2023-01-15T09:30:00Z'])
})

test('refused rows are objects with the reason, and what is none stands under its reason', async () => {
  const [a, b] = two() as [Json, Json]
  const refused = newPath('ndjson')
  const content = `{"username":"${a.username}", "email" : "no" }\n${JSON.stringify(b)}\n{}\nno json\n`
  await runImport(server, ['users', '--refused', refused, file('ndjson', content)])
  const written = readFileSync(refused, 'utf8')
  assert.deepEqual(written.split('\n'), [
    `{"username":"${a.username}", "email" : "no" ,"import_error":"The 'email' field must be an email address such as jo@example.org."}`,
    `{"import_error":"The 'username' field is required"}`,
    '{"import_error":"The line is not valid JSON: it ends too early or has a misplaced character."}',
    'no json',
    '',
  ])
  const fixed = written.replace('"no"', `"${a.email}"`).replace('no json\n', '')
  const again = await runImport(server, ['users', file('ndjson', fixed)])
  assert.deepEqual(again.out, ['1 user was imported, 0 refused, 2 skipped (2 blank); 3 rows read.'])
})

test('wherever a file is cut into chunks, the same values come out', async () => {
  const json = Buffer.from('\r\n[{"a":"]}\\"日"},\r\n 7 ,"x,[",\r[{}],null]\n')
  for (let size = 1; size <= json.length; size++) {
    const chunks = Array.from({ length: Math.ceil(json.length / size) }, (_, i) =>
      json.subarray(i * size, (i + 1) * size),
    )
    const values = await Array.fromAsync(jsonValues(Readable.from(chunks)))
    assert.deepEqual(
      values.map(({ line, raw }) => [line, raw.toString()]),
      [
        [2, '{"a":"]}\\"日"}'],
        [3, '7'],
        [3, '"x,["'],
        [4, '[{}]'],
        [4, 'null'],
      ],
    )
  }
})
