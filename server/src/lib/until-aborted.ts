/**
 * What a promise brings, or the reason of the signal if that is first. The work itself goes on; it has to end by what its
 * owner closes, and nobody hears of it any more.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

/** Rejects when the work takes longer; the work itself goes on. */
export async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  const overdue = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => overdue.reject(new Error(`${what} took longer than ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    return await Promise.race([work, overdue.promise])
  } finally {
    clearTimeout(timer)
  }
}
