import type { Json } from '../harness.ts'
import { until } from '../until.ts'
import type { Processes } from './processes.ts'

export interface Question {
  json?: unknown
  /** Sent as Idempotency-Key. */
  key?: string
  ifMatch?: string
}

export interface LineAnswer {
  status: number
  etag: string
  body: Json
  /** The request was sent before, and nobody knows how far it came. */
  isRepeated: boolean
}

/** The way from a writer to whichever process answers. */
export class Line {
  readonly takesBatches: boolean
  readonly #processes: Processes
  readonly #apiKey: string
  #next = 0

  constructor(processes: Processes, apiKey: string, takesBatches: boolean) {
    this.#processes = processes
    this.#apiKey = apiKey
    this.takesBatches = takesBatches
  }

  /** Asks one process after the other until one answers. */
  async ask(method: string, path: string, question: Question = {}): Promise<LineAnswer> {
    let tries = 0
    const answer = await until(`an answer to ${method} ${path}`, () => {
      tries++
      return this.#askOnce(method, path, question).catch((error: unknown) => {
        // No connection, or one that broke before the answer was whole.
        if (error instanceof TypeError || error instanceof SyntaxError) return undefined
        throw error
      })
    })
    return { ...answer, isRepeated: tries > 1 }
  }

  async #askOnce(method: string, path: string, { json, key, ifMatch }: Question) {
    const { urls } = this.#processes
    const asked = fetch(urls[this.#next++ % urls.length] + path, {
      method,
      headers: {
        'x-api-key': this.#apiKey,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    this.#processes.requested()
    const response = await asked
    const text = await response.text()
    const body = text === '' ? undefined : JSON.parse(text)
    // The other process still works on the same request.
    if (response.status === 409 && response.headers.has('retry-after')) return undefined
    return { status: response.status, etag: response.headers.get('etag') ?? '', body }
  }
}
