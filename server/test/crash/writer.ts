import assert from 'node:assert/strict'
import type { Random } from '../fuzz/random.ts'
import type { Json } from '../harness.ts'
import { password } from '../people.ts'
import type { Line } from './line.ts'

/** One user or document as the server acknowledged it last. */
export interface Acknowledged {
  kind: 'users' | 'documents'
  id: number
  etag: string
  version: number
  /** The title, or the biography. */
  text: string
  isDeleted: boolean
}

/**
 * Writes one thing after the other and remembers what was acknowledged. A request that got no answer is sent again, the
 * same, until it gets one; what it did is known from that: a POST answers alike under its key, and a change that names
 * the version it was made on fails when it was done already.
 */
export class Writer {
  readonly acknowledged: Acknowledged[] = []
  readonly #name: string
  readonly #random: Random
  readonly #line: Line
  #made = 0

  constructor(name: string, random: Random, line: Line) {
    this.#name = name
    this.#random = random
    this.#line = line
  }

  async writeOne(): Promise<void> {
    const living = this.acknowledged.filter(({ isDeleted }) => !isDeleted)
    const dead = this.acknowledged.filter(({ kind, isDeleted }) => kind === 'documents' && isDeleted)
    const dice = this.#random.next()
    if (living.length === 0 || dice < 0.35) return this.#create('documents')
    if (dice < 0.38) return this.#create('users')
    if (dice < 0.43 && this.#line.takesBatches) return this.#createMany()
    if (dice < 0.85) return this.#change(this.#random.pick(living))
    if (dice < 0.93 || dead.length === 0) return this.#delete(this.#random.pick(living))
    return this.#restore(this.#random.pick(dead))
  }

  async #create(kind: Acknowledged['kind']): Promise<void> {
    const json = kind === 'documents' ? this.#newDocument() : this.#newUser()
    const { status, body, etag } = await this.#line.ask('POST', `/api/v1/${kind}`, { json, key: this.#key() })
    assert.equal(status, 201, JSON.stringify(body))
    this.#acknowledge({ kind, id: body.id, etag, text: json.title ?? '' })
  }

  async #createMany(): Promise<void> {
    const made = [this.#newDocument(), this.#newDocument(), this.#newDocument()]
    const json = { items: made.map((data) => ({ action: 'create', data })) }
    const path = `/api/v1/documents/batch${this.#random.chance(0.5) ? '?atomic=true' : ''}`
    const { status, body } = await this.#line.ask('POST', path, { json, key: this.#key() })
    assert.equal(status, 200, JSON.stringify(body))
    made.forEach(({ title: text = '' }, i) => {
      const { id, etag, status } = body.data[i]
      assert.equal(status, 201)
      this.#acknowledge({ kind: 'documents', id, etag, text })
    })
  }

  async #change(one: Acknowledged): Promise<void> {
    const text = this.#name + ++this.#made
    const path = `/api/v1/${one.kind}/${one.id}`
    const json =
      one.kind === 'documents' ? { title: text, status: this.#status() } : { profile: { bio: text } }
    const answer = await this.#line.ask('PATCH', path, { json, ifMatch: one.etag })
    if (answer.status === 412 && answer.isRepeated) Object.assign(answer, await this.#line.ask('GET', path))
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    assert.equal(answer.body.title ?? answer.body.profile.bio, text)
    assert.notEqual(answer.etag, one.etag)
    Object.assign(one, { text, etag: answer.etag, version: one.version + 1 })
  }

  async #delete(one: Acknowledged): Promise<void> {
    const answer = await this.#line.ask('DELETE', `/api/v1/${one.kind}/${one.id}`, { ifMatch: one.etag })
    if (answer.status !== 404 || !answer.isRepeated)
      assert.equal(answer.status, 204, JSON.stringify(answer.body))
    one.isDeleted = true
    if (one.kind === 'users') one.version++
  }

  async #restore(one: Acknowledged): Promise<void> {
    const path = `/api/v1/documents/${one.id}/restore`
    const { status, body, etag } = await this.#line.ask('POST', path, { key: this.#key() })
    assert.equal(status, 200, JSON.stringify(body))
    Object.assign(one, { etag, version: one.version + 1, isDeleted: false })
  }

  #acknowledge(made: Pick<Acknowledged, 'kind' | 'id' | 'etag' | 'text'>): void {
    this.acknowledged.push({ ...made, version: 1, isDeleted: false })
  }

  #newDocument(): { title?: string } & Json {
    return { title: this.#name + ++this.#made, category: this.#name, status: this.#status() }
  }

  #newUser(): { title?: string } & Json {
    const username = this.#name + ++this.#made
    return { username, email: `${username}@example.org`, password }
  }

  #status(): string {
    return this.#random.pick(['draft', 'published', 'archived'])
  }

  #key(): string {
    return `${this.#name}-${++this.#made}`
  }
}
