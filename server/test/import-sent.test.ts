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
  for (const whole of ['title\nWhole\n', '[{"title":"As JSON"}]'])
    assert.equal((await sent('/documents/import', whole, secret, type)).body.imported, 1, whole)
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
