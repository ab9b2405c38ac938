import type { RateLimit } from './rate-limit.ts'

/** The complete response to a call. */
export interface Answer<T> {
  data: T
  status: number
  /** All but cookies, which only the browser may see. */
  headers: Headers
  /** Of a single resource; `update` and `delete` take it as `ifMatch`. */
  etag: string | undefined
  requestId: string | undefined
  rateLimit: RateLimit | undefined
}

/**
 * What every method returns: a promise of the data. The request is sent when the method is called.
 *
 * ```ts
 * const document = await comserv.documents.get(1)
 * const { data, etag } = await comserv.documents.get(1).withResponse()
 * ```
 */
export class Call<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'Call'
  readonly #answer: Promise<Answer<T>>

  constructor(answer: Promise<Answer<T>>) {
    this.#answer = answer
  }

  /** The data together with its ETag, status, headers, request id and rate limit. */
  withResponse(): Promise<Answer<T>> {
    return this.#answer
  }

  // biome-ignore format: as lib.es5.d.ts has it
  // biome-ignore lint/suspicious/noThenProperty: this is a promise
  then<A = T, B = never>(onDone?: ((data: T) => A | PromiseLike<A>) | null, onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
    return this.#answer.then(({ data }) => data).then(onDone, onFailed)
  }

  catch<B = never>(onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(undefined, onFailed)
  }

  finally(onEnd?: (() => void) | null): Promise<T> {
    return this.then().finally(onEnd)
  }
}
