/** The last argument of every method. */
export interface CallOptions {
  /** Aborts the call, also while it waits to be sent again; it rejects with the reason of the signal. */
  signal?: AbortSignal | undefined
  /** Instead of the client's. */
  timeoutMs?: number | undefined
  /** Instead of the client's. */
  maxRetries?: number | undefined
}

export interface PostOptions extends CallOptions {
  /**
   * Makes one change of however many calls carry it within 24 h. Without one each call makes its own, so that its retries
   * write once; give one to be safe beyond the life of this process.
   */
  idempotencyKey?: string | undefined
}

export interface ChangeOptions extends CallOptions {
  /** The `etag` that was read: the change is refused with PreconditionFailedError when another one came first. */
  ifMatch?: string | undefined
}

export interface BatchOptions extends PostOptions {
  /** All items are done, or none is and the call throws. */
  atomic?: boolean | undefined
}
