import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Json } from '../harness.ts'
import type { RecordedServer } from './recorded-server.ts'

/** What a response said, and where the trace ended when it had arrived. */
export interface Acknowledged {
  kind: 'document' | 'user'
  id: number
  version: number
  text: string
  isDeleted: boolean
  idempotencyKey: string | undefined
  at: number
}

const writers = 4

/** Documents and users, created, changed and deleted by several callers at once. */
export class Workload {
  readonly acknowledged: Acknowledged[] = []
  readonly #server: RecordedServer
  #made = 0

  constructor(server: RecordedServer) {
    this.#server = server
  }

  /** From now on every event of a document has a delivery. */
  async subscribe(url: string): Promise<void> {
    const events = ['document.created', 'document.updated', 'document.deleted']
    const { status, json } = await this.#send('POST', '/api/v1/webhooks', { url, events })
    assert.equal(status, 201, JSON.stringify(json))
  }

  async run(rounds: number): Promise<void> {
    await Promise.all(
      Array.from({ length: writers }, async () => {
        for (let round = 0; round < rounds; round++) {
          if (round % 4 === 3) await this.#live('user', (text) => ({ profile: { bio: text } }))
          else await this.#live('document', (text) => ({ title: text, content: 'Text. '.repeat(300) }))
        }
      }),
    )
  }

  /** @returns the status; nothing is expected of it */
  async tryOne(): Promise<{ status: number; retryAfter: string | null }> {
    const { status, headers } = await this.#send(
      'POST',
      '/api/v1/documents',
      { title: 'Tried' },
      randomUUID(),
    )
    return { status, retryAfter: headers.get('retry-after') }
  }

  async #live(kind: 'document' | 'user', body: (text: string) => object): Promise<void> {
    const number = ++this.#made
    const path = `/api/v1/${kind}s`
    const key = randomUUID()
    const name = `u${number}`
    const account =
      kind === 'user' ? { username: name, email: `${name}@example.org`, password: `a password ${name}` } : {}
    const made = await this.#acknowledge(kind, 1, `${number} new`, key, 'POST', path, {
      ...body(`${number} new`),
      ...account,
    })
    for (const [i, text] of [`${number} changed`, `${number} changed again`].entries())
      await this.#acknowledge(kind, 2 + i, text, undefined, 'PATCH', `${path}/${made.id}`, body(text))
    if (number % 3 !== 0) return
    const { status } = await this.#send('DELETE', `${path}/${made.id}`)
    assert.ok(status === 200 || status === 204, String(status))
    const last = this.acknowledged.findLast((one) => one.kind === kind && one.id === made.id) ?? made
    this.acknowledged.push({
      ...last,
      isDeleted: true,
      idempotencyKey: undefined,
      at: this.#server.position(),
    })
  }

  async #acknowledge(
    kind: 'document' | 'user',
    version: number,
    text: string,
    key: string | undefined,
    method: string,
    path: string,
    body: object,
  ): Promise<Acknowledged> {
    const { status, json } = await this.#send(method, path, body, key)
    assert.equal(status, method === 'POST' ? 201 : 200, JSON.stringify(json))
    const at = this.#server.position()
    const one = { kind, id: json.id, version, text, isDeleted: false, idempotencyKey: key, at }
    this.acknowledged.push(one)
    return one
  }

  async #send(method: string, path: string, body?: object, key?: string) {
    const response = await fetch(this.#server.url + path, {
      method,
      headers: {
        'x-api-key': this.#server.key,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const json: Json = text === '' ? undefined : JSON.parse(text)
    return { status: response.status, headers: response.headers, json }
  }
}
