import assert from 'node:assert/strict'
import type { Json, TestServer } from './harness.ts'
import { logSettled } from './log-settled.ts'

/** How a program reads the log of events of a server, with a key for reading and writing. */
export function eventLog(server: TestServer, key: string) {
  async function create(title: string, more: object = {}, on = server): Promise<number> {
    const { status, body, text } = await on.call('POST', '/api/v1/documents', {
      key,
      json: { title, ...more },
    })
    assert.equal(status, 201, text)
    return body.id
  }

  const settled = () => logSettled(server.context.database.read)

  async function list(
    query = '',
  ): Promise<{ ids: number[]; data: Json[]; meta: Json; next: string | undefined }> {
    const { status, body, text, headers } = await server.call('GET', `/api/v1/events${query}`, {
      key,
      unsettled: true,
    })
    assert.equal(status, 200, text)
    const next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    return { ids: body.data.map((event: Json) => event.id), data: body.data, meta: body.meta, next }
  }

  /** Everything that is in the log after an event, as a program that follows it would read it. */
  async function follow(
    after: number | undefined,
    limit = 100,
  ): Promise<{ seen: Json[]; last: number | undefined }> {
    const seen: Json[] = []
    for (let last = after; ; ) {
      const { data } = await list(`?limit=${limit}${last === undefined ? '' : `&after=${last}`}`)
      if (data.length === 0) return { seen, last }
      seen.push(...data)
      last = data.at(-1).id
    }
  }

  return { create, settled, list, follow }
}
