import type { Answer } from '../harness.ts'
import type { Operation } from './operations.ts'
import type { Random } from './random.ts'
import type { Planned } from './requests.ts'

const keptMax = 40

/** What the answers told so far, for the requests to come: ids, tags, cursors, and requests that may be sent again. */
export class Known {
  readonly #random: Random
  readonly #ids = new Map<string, unknown[]>()
  readonly #etags = new Map<string, string[]>()
  readonly #cursors = new Map<string, string[]>()
  readonly #replayable: { planned: Planned; answer: Answer }[] = []

  constructor(random: Random) {
    this.#random = random
  }

  learn(planned: Planned, answer: Answer): void {
    const { operation, path, headers } = planned
    if (answer.status >= 300 || operation === undefined) return
    const collection = answeredBy(operation)
    for (const { id } of [answer.body, ...(answer.body?.data ?? [])].filter(Boolean)) {
      if (id !== undefined) keep(this.#ids, collection, id)
    }
    const etag = answer.headers.get('etag')
    if (etag) keep(this.#etags, answer.headers.get('location') ?? path, etag)
    const cursor = /[?&]cursor=([^&>]+)/.exec(answer.headers.get('link') ?? '')?.[1]
    if (cursor) keep(this.#cursors, operation.path, cursor)
    if (operation.takesKey && headers['idempotency-key']) this.#replayable.push({ planned, answer })
    if (this.#replayable.length > keptMax) this.#replayable.shift()
  }

  /** @param name a path parameter, or a field such as `author_id` */
  id(name: string, operation: Operation): unknown {
    if (name === 'author_id' || name === 'owner_id' || name === 'user_id')
      return this.#one(this.#ids, '/api/v1/users')
    if (name === 'automation_id') return this.#one(this.#ids, '/api/v1/automations')
    if (name === 'webhook_id') return this.#one(this.#ids, '/api/v1/webhooks')
    if (name === 'version') return this.#random.between(1, 4)
    return name === 'id' ? this.#one(this.#ids, collectionOf(operation)) : undefined
  }

  /** One that the address answered before: the newest more often than not. */
  etag(path: string): string | undefined {
    const tags = this.#etags.get(path)
    return this.#random.chance(0.7) ? tags?.at(-1) : tags?.[0]
  }

  cursor(operation: Operation): unknown {
    return this.#one(this.#cursors, operation.path)
  }

  replayable(): { planned: Planned; answer: Answer } | undefined {
    return this.#replayable.length === 0 ? undefined : this.#random.pick(this.#replayable)
  }

  #one<T>(of: Map<string, T[]>, key: string): T | undefined {
    const kept = of.get(key)
    return kept && this.#random.pick(kept)
  }
}

/** `/api/v1/users/{id}/restore` is about something in `/api/v1/users`, and so is `/api/v1/users/batch`. */
function collectionOf({ path }: Operation): string {
  return path.replace(/\/(\{.*|batch|trash)$/, '')
}

/** Deliveries are listed below their webhook, and read and sent again by themselves; a run is begun by its automation. */
function answeredBy(operation: Operation): string {
  if (operation.path.endsWith('/automations/{id}/run')) return '/api/v1/automation-runs'
  return operation.path.endsWith('/deliveries') ? '/api/v1/deliveries' : collectionOf(operation)
}

function keep<T>(kept: Map<string, T[]>, key: string, value: T): void {
  const values = kept.get(key) ?? []
  if (!values.includes(value)) values.push(value)
  if (values.length > keptMax) values.shift()
  kept.set(key, values)
}
