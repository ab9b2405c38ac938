/** The last argument of every method. */
export interface CallOptions {
  /** Aborts the call, even while it waits for a retry; it rejects with the reason of the signal. */
  signal?: AbortSignal | undefined
  /** Overrides the client's. */
  timeoutMs?: number | undefined
  /** Overrides the client's. */
  maxRetries?: number | undefined
}

export interface PostOptions extends CallOptions {
  /**
   * Calls with the same key within 24 h make one change. By default each call generates its own, so that its retries
   * write once; pass one to be safe across restarts of this process.
   */
  idempotencyKey?: string | undefined
}

export interface ChangeOptions extends CallOptions {
  /** The `etag` that was read: the change is refused with PreconditionFailedError when another one came first. */
  ifMatch?: string | undefined
}

/** A text, the bytes of a file (such as from `readFile`), or what a file input of a page has. */
export type FileContent = string | Uint8Array<ArrayBuffer> | Blob

export interface BatchOptions extends PostOptions {
  /** All items are done, or none is and the call throws. */
  atomic?: boolean | undefined
}
