import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { EventStreams, streamTimes } from '../src/events/event-streams.ts'
import { startServer } from './harness.ts'
import { listen } from './listening.ts'
import { until } from './until.ts'

const server = await startServer()
const { secret: key } = await server.credential('admin')
server.context.eventStreams.close()
server.context.eventStreams = new EventStreams(server.context, { beatMs: 20, sweepMs: 10, unreadMs: 2_000 })

/** More than the buffers of the system hold. */
const many = 40_000

/** Opens a stream of the whole log and does not read it. */
async function openUnread(): Promise<Socket> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  after(() => socket.destroy())
  socket.pause()
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET /api/v1/events/stream?after=0 HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\n\r\n`)
  return socket
}

test('an idle stream is kept alive by comments, which carry the position', async () => {
  const listening = await listen(server.url, { 'x-api-key': key })
  const json = { title: 'Anything', content: 'x', category: 'general' }
  await server.call('POST', '/api/v1/documents', { key, json })
  const message = await listening.next()
  assert.equal(message?.data.type, 'document.created')
  const idle = listening.next()
  await until('some comments', () => (listening.beats > 3 ? true : undefined))
  assert.equal(listening.lastId, message?.id)
  listening.close()
  await assert.rejects(idle)
})

test('a reader that pauses loses nothing, and one that does not read is disconnected; neither takes memory', async () => {
  const { database } = server.context
  const occurred_at = '2026-01-15T08:30:00Z'
  const data = { id: 1, title: 'x'.repeat(300), category: 'x', status: 'draft', author_id: 1 }
  const body = JSON.stringify({ event: 'document.updated', timestamp: occurred_at, data })
  const row = { type: 'document.updated', occurred_at, resource_type: 'document', resource_id: 1, body }
  await database.write(async (trx) => {
    for (let written = 0; written < many; written += 1_000)
      await trx.db.insertInto('events').values(Array(1_000).fill(row)).execute()
    trx.count('events', many)
    trx.count('events:type=document.updated', many)
    trx.hint('log')
  })
  const { body: newest } = await server.call('GET', '/api/v1/events?sort=-log&limit=1', { key })
  const last = newest.data[0].id
  const [paused, dead] = await Promise.all([openUnread(), openUnread()])
  await until('both streams to be open', () => server.context.eventStreams.size === 2 || undefined)
  const { eventStreams } = server.context
  let unreadMax = 0
  const measure = () => (unreadMax = Math.max(unreadMax, eventStreams.unreadBytes))
  await until('the buffers of the system to be full', () => measure() > 0 || undefined)
  let text = ''
  paused.on('data', (bytes) => {
    text += bytes
    // Parts of chunks that lie between two ids do not matter here.
    text = text.slice(-2_000)
  })
  paused.resume()
  await until('the last event', () => text.includes(`id: ${last}\n`) || undefined)
  await until('the reader that does not read to be disconnected', () => {
    measure()
    return eventStreams.size === 1 || undefined
  })
  assert.ok(unreadMax < 500_000, `${unreadMax} bytes were kept`)
  paused.destroy()
  dead.destroy()
})

test('the usual times suit proxies', () => {
  assert.ok(streamTimes.beatMs < 60_000, 'nginx ends what is idle for a minute')
  assert.ok(streamTimes.unreadMs > 2 * streamTimes.beatMs)
})
