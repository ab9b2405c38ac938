import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs } from '../src/lib/timestamps.ts'
import { type Json, startServer } from './harness.ts'
import { assertRefused } from './refusals.ts'

const server = await startServer()

async function sent(
  path: string,
  file: string | Uint8Array<ArrayBuffer> | FormData,
  key: string,
  type?: string,
) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, ...(type === undefined ? {} : { 'content-type': type }) },
    body: file,
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Json }
}

test('a corrected file imports only the rows that its sender has not imported', async () => {
  const { secret } = await server.credential('users:write documents:write')
  const other = await server.credential('documents:write')
  const told = ({ body: { imported, refused, skipped } }: { body: Json }) => [
    imported,
    skipped.earlier,
    refused,
  ]
  const documents = (rows: string) => `title,category\n${rows}`
  const wrong = documents('One,a\nTwo,b\n,c\n')
  assert.deepEqual(told(await sent('/documents/import', wrong, secret)), [2, 0, 1])
  // In another order and form, with a new row, and one of the old ones twice.
  const right =
    '[{"category":"c","title":"Three"},{"category":"b","title":"Two"},{"title":"One","category":"a"}]'
  assert.deepEqual(told(await sent('/documents/import?dry_run=true', right, secret)), [1, 2, 0])
  assert.deepEqual(told(await sent('/documents/import', right, other.secret)), [3, 0, 0], 'another sender')
  assert.deepEqual(told(await sent('/documents/import', right, secret)), [1, 2, 0])
  assert.deepEqual(told(await sent('/documents/import', right, secret)), [0, 3, 0])
  const twice = documents('One,a\nOne,a\n')
  assert.deepEqual(told(await sent('/documents/import', twice, secret)), [1, 1, 0], 'the second is new')
  assert.deepEqual(told(await sent('/documents/import?again=true', right, secret)), [3, 0, 0])

  const people = 'username,email\neve,eve@example.org\nbad name,x\n'
  assert.deepEqual(told(await sent('/users/import', people, secret)), [1, 0, 1])
  const corrected = people.replace('bad name,x', 'mallory,mallory@example.org')
  assert.deepEqual(told(await sent('/users/import', corrected, secret)), [1, 1, 0])

  server.clock.advance(91 * dayMs)
  const fresh = documents('Two,b\nFour,d\n')
  assert.deepEqual(told(await sent('/documents/import', fresh, secret)), [2, 0, 0], 'after 90 days')
})

test('a file in a form is refused with how to send it', async () => {
  const { secret } = await server.credential('documents:write')
  const form = new FormData()
  form.set('file', new Blob(['title\nIn a form\n']), 'x.csv')
  assertRefused(await sent('/documents/import', form, secret), 415, /--data-binary @FILE instead of -F/)
  const type = 'application/x-www-form-urlencoded'
  assertRefused(await sent('/documents/import', 'titleIn one line', secret, type), 400, /curl -d removes/)
  const joined = await sent('/documents/import?dry_run=true', 'title,categoryA,news', secret, type)
  assertRefused(joined, 400, /curl -d removes/)
  for (const header of ['title,category', 'title', 'title,category\n']) {
    const { status, body } = await sent('/documents/import', header, secret, type)
    assert.deepEqual([status, body.imported, body.refused], [200, 0, 0], header)
  }
  for (const whole of ['title\nWhole\n', '[{"title":"As JSON"}]'])
    assert.equal((await sent('/documents/import', whole, secret, type)).body.imported, 1, whole)
})

test('the charset of the media type is that of the file, unless a mark or the parameter says otherwise', async () => {
  const { secret } = await server.credential('read write')
  const bytes = (text: string, encoding: BufferEncoding) => new Uint8Array(Buffer.from(text, encoding))
  const titles = async (type: string, file: string | Uint8Array<ArrayBuffer>, query = '') => {
    const { status, text, body } = await sent(`/documents/import?dry_run=true${query}`, file, secret, type)
    assert.equal(status, 200, text)
    return body.preview.map(({ value }: { value: { title: string } }) => value.title)
  }
  const csv = 'title\nMünchen\n'
  for (const [charset, file] of [
    ['windows-1252', bytes(csv, 'latin1')],
    ['"ISO-8859-1"', bytes(csv, 'latin1')],
    ['utf-16', bytes(csv, 'utf16le')],
    ['utf-16', bytes(`\ufeff${csv}`, 'utf16le')],
    ['utf-16le', bytes(csv, 'utf16le')],
    ['UTF-8', csv],
    ['utf-8', bytes(`\ufeff${csv}`, 'utf16le')],
    ['windows-1252', `\ufeff${csv}`],
  ] as const)
    assert.deepEqual(await titles(`text/csv; charset=${charset}`, file), ['München'], charset)
  assert.deepEqual(await titles('text/csv; charset=klingon', csv, '&encoding=utf-8'), ['München'])
  assert.deepEqual(await titles('text/csv; charset=windows-1252', csv, '&encoding=utf-8'), ['München'])
  assertRefused(
    await sent('/documents/import', csv, secret, 'text/csv; charset=klingon'),
    415,
    /'klingon' of the Content-Type is not known; send the file with encoding=utf-8/,
  )
})

test('a file that is nested too deeply, or broken, is told in whole sentences', async () => {
  const { secret } = await server.credential('documents:write')
  const files = [
    `[{"title":${'['.repeat(40)}${']'.repeat(40)}}]`,
    '[{"title":"x"},{"title" 5}]',
    Buffer.from('[{"title":"\xff"}]', 'latin1'),
    '[{"title":"x"},',
  ]
  for (const file of files) {
    const { status, body } = await sent('/documents/import', file, secret)
    assert.equal(status, 400)
    assert.match(body.error.details, /broken in line 1: .*[^.]\. Nothing was imported\.$/)
  }
})

test('a dry run names the columns that are no field, and what each could be', async () => {
  const { secret } = await server.credential('users:write documents:write')
  const german = 'Benutzername;E-Mail;Vorname\nada;ada@example.org;Ada\n\nbob;bob@example.org;Bob\n'
  const tried = await sent('/users/import?dry_run=true', german, secret)
  assert.equal(tried.status, 200)
  const { unknown_columns, fields, imported, refused, skipped, preview } = tried.body
  assert.deepEqual(unknown_columns, ['Benutzername', 'Vorname'])
  assert.ok(fields.includes('username') && fields.includes('profile.first_name'))
  assert.deepEqual([imported, refused, skipped.blank, preview], [0, 2, 1, []])
  assertRefused(await sent('/users/import', german, secret), 400, /'Benutzername', 'Vorname' are not known/)
  const map = encodeURIComponent('{"Benutzername":"username","Vorname":"profile.first_name"}')
  const mapped = await sent(`/users/import?dry_run=true&map=${map}`, german, secret)
  assert.deepEqual([mapped.body.imported, mapped.body.unknown_columns, mapped.body.fields], [2, [], []])
  const json = '{"Titel":"x","title":"y"}\n{"Notiz":"z","title":"y"}\n'
  const keys = await sent('/documents/import?dry_run=true', json, secret)
  assert.deepEqual([keys.body.unknown_columns, keys.body.refused], [['Titel', 'Notiz'], 2])
})

test('an error names ten columns at most, and a dry run cuts long texts', async () => {
  const { secret } = await server.credential('documents:write')
  const wide = Array.from({ length: 15 }, (_, i) => `c${i}`).join()
  const unknown = await sent('/documents/import', `${wide}\n`, secret, 'text/csv')
  assertRefused(unknown, 400, /'c8', 'c9' and 5 more are not known/)
  assertRefused(
    await sent('/documents/import?map={"Nope":"title"}', `title,${wide}\n`, secret),
    400,
    /^The columns 'c0'/,
  )
  const long = '😀'.repeat(300)
  const { body } = await sent('/documents/import?dry_run=true', `title,content\nx,${long}\n`, secret)
  assert.equal(body.preview[0].value.content, `${'😀'.repeat(200)}…`)
})

test('rows that are not UTF-8 are counted, even where the header is the reason', async () => {
  const { secret } = await server.credential('documents:write')
  const rows = Buffer.from('title\nM\xfcnchen\nUlm\nN\xfcrnberg\n', 'latin1')
  const tried = await sent('/documents/import?dry_run=true', new Uint8Array(rows), secret)
  assert.deepEqual([tried.body.imported, tried.body.refused, tried.body.not_utf8], [1, 2, 2])
  const header = new Uint8Array(Buffer.from('title;Stra\xdfe\nx;y\nz;y\n', 'latin1'))
  const headed = await sent('/documents/import?dry_run=true', header, secret)
  assert.deepEqual([headed.body.refused, headed.body.not_utf8, headed.body.unknown_columns], [2, 2, []])
  assertRefused(
    await sent('/documents/import', header, secret),
    400,
    /^The header is not valid UTF-8; .*encoding=windows-1252/,
  )
  const read = await sent('/documents/import?dry_run=true&encoding=windows-1252', header, secret)
  assert.deepEqual(read.body.unknown_columns, ['Straße'])
})

test('a refused time is told with its column as it is in the file, and what it holds', async () => {
  const { secret } = await server.credential('documents:write')
  const told = async (cell: string, query = '') => {
    const map = encodeURIComponent('{"Erstellt am":"created_at"}')
    const file = `title,Erstellt am\nx,${cell}\n`
    const { body } = await sent(`/documents/import?dry_run=true&map=${map}${query}`, file, secret)
    return body.refusals[0]?.reason as string | undefined
  }
  const reasons: [string, RegExp][] = [
    ['01.03.2024', /has '01\.03\.2024', in which day and month can be confused; write it as 2024-12-31/],
    ['3/1/2024 9:30', /has '3\/1\/2024 9:30', in which day and month/],
    ['2024-03-01', /has '2024-03-01', which is a date without a time; .* time_zone=UTC\.$/],
    ['2024-03-01 08:30', /has '2024-03-01 08:30', which is a time without an offset; .* time_zone=UTC\.$/],
    ['2024-02-30', /has '2024-02-30', and there is no 30 February 2024\.$/],
    ['soon', /has 'soon', which is not a time such as 2026-01-15T08:30:00Z; in the spreadsheet/],
  ]
  for (const [cell, reason] of reasons) {
    const seen = await told(cell)
    assert.match(seen ?? '', /^The column 'Erstellt am' has/)
    assert.match(seen ?? '', reason)
  }
  assert.equal(await told('2024-03-01', '&time_zone=Europe/Berlin'), undefined)
  const { body } = await sent('/documents/import', '{"title":"x","created_at":"01.03.2024"}\n', secret)
  assert.match(body.refusals[0].reason, /^The field 'created_at' has '01\.03\.2024', in which/)
})

test('users without a password are counted, with what to do next', async () => {
  const { secret } = await server.credential('users:write')
  const file = `username,email,password\nnew1,new1@example.org,\nnew2,new2@example.org,\nnew3,new3@example.org,correct horse battery\nbad name,x,\n`
  for (const query of ['?dry_run=true', '']) {
    const { body } = await sent(`/users/import${query}`, file, secret)
    assert.equal(body.imported, 3)
    assert.equal(body.warnings.length, 1)
    assert.match(
      body.warnings[0],
      /^2 users have no password yet\. 'Password link' .* reset-password USERNAME on the server\.$/,
    )
  }
  const { body } = await sent('/users/import', file, secret)
  assert.deepEqual([body.skipped.earlier, body.warnings], [3, []])
})
