import { onAbort, reasonOfAbort } from './abort.ts'

/** Runs once for all concurrent callers, who share its result. */
export function sharedRun<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => {
    running ??= run().finally(() => {
      running = undefined
    })
    return running
  }
}

/** One of the callers can stop waiting without ending it for the others. */
export function abortable<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared
  return new Promise((resolve, reject) => {
    const stopWaiting = onAbort(signal, () => reject(reasonOfAbort(signal)))
    shared.then(resolve, reject).finally(stopWaiting)
  })
}
