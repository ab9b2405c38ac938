import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentEvents } from '../src/documents/events.ts'
import { appendEvent } from '../src/events/outbox.ts'
import { eventBytesMax } from '../src/events/types.ts'
import { startServer } from './harness.ts'

const server = await startServer()
const { database, clock } = server.context

const published = (title: string) =>
  database.write((trx) =>
    appendEvent(
      trx,
      documentEvents.occurred('published', {
        id: 1,
        title,
        category: 'policies',
        status: 'published',
        author_id: 1,
      }),
      clock.now(),
    ),
  )

test('a body larger than receivers must take fails its change, and nothing of it is left', async () => {
  await assert.rejects(published('é'.repeat(eventBytesMax / 2)), /has more than 262144 bytes/)
  assert.deepEqual(await server.newEvents(), [])
})

test('the longest that the fields of an event can be is far below that', async () => {
  const { body } = await server.call('GET', '/api/v1/openapi.json')
  const { title, category } = body.components.schemas.DocumentCreate.properties
  const bytesPerCharacterMax = 6 // as \u0000 is written
  const longest = (title.maxLength + category.maxLength) * bytesPerCharacterMax
  assert.ok(longest < eventBytesMax / 10, String(longest))
  await published('𝄞'.repeat(title.maxLength))
  assert.deepEqual(await server.newEvents(), ['document.published'])
})
