import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { postgresUrl } from './fresh-database.ts'
import type { Json, TestServer } from './harness.ts'
import { until } from './until.ts'

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

  /** Other suites write to other databases of the same PostgreSQL server, and their transactions hold our events back, too. */
  async function settled(): Promise<void> {
    if (postgresUrl === undefined) return
    const unsettled = server.context.database.read
      .selectFrom('events')
      .select('id')
      .where(sql<boolean>`xact >= pg_snapshot_xmin(pg_current_snapshot())`)
      .limit(1)
    await until('older transactions to end', async () =>
      (await unsettled.execute()).length === 0 ? true : undefined,
    )
  }

  async function list(
    query = '',
  ): Promise<{ ids: number[]; data: Json[]; meta: Json; next: string | undefined }> {
    const { status, body, text, headers } = await server.call('GET', `/api/v1/events${query}`, { key })
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
