import assert from 'node:assert/strict'
import { beforeEach } from 'node:test'
import { type Json, startServer, TestClock } from './harness.ts'
import { startReceiver } from './receiver.ts'

/** The response of a recover that finds nothing to send. */
export const notSent = { resent: 0, newly_sent: 0, hastened: 0, remaining: 0, next_cursor: null }

/** A server for tests of deliveries, each with webhooks of its own: those of the test before are gone. */
export async function startWithWebhooks() {
  const server = await startServer({ clock: new TestClock(new Date().toISOString()) })
  const { secret: key } = await server.credential('admin')
  const webhooks: number[] = []

  beforeEach(async () => {
    for (const id of webhooks.splice(0)) await server.call('DELETE', `/api/v1/webhooks/${id}`, { key })
  })

  async function call(method: string, path: string, json?: unknown): Promise<Json> {
    const answer = await server.call(method, `/api/v1${path}`, {
      key,
      ...(json === undefined ? {} : { json }),
    })
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    if (method === 'POST' && path === '/webhooks') webhooks.push(answer.body.id)
    return answer.body
  }

  return {
    server,
    key,
    call,
    /** A webhook of its own receiver, and a way to cause an event for it. */
    async subscribed() {
      const receiver = await startReceiver()
      const events = ['document.published']
      const webhook: Json = await call('POST', '/webhooks', { url: receiver.url, events })
      const publish = () => call('POST', '/documents', { title: 'Published', status: 'published' })
      return { receiver, webhook, publish }
    },
    async deliveriesOf({ id }: { id: number }): Promise<Json[]> {
      return (await call('GET', `/webhooks/${id}/deliveries?limit=100`)).data
    },
  }
}
