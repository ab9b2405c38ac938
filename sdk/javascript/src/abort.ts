/**
 * One listener for each signal, however many calls, retries and streams wait for it: Node before 22 warns of a leak at
 * the eleventh. Kept for the whole module, because a program may pass one signal to many clients.
 */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Runs `leave` once when the signal is aborted, or right away if it already is.
 * @returns what stops waiting; the signal keeps no listener when nobody waits for it
 */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) {
    leave()
    return () => {}
  }
  const leaves = waiting.get(signal) ?? listenTo(signal)
  // Two calls may pass the same function.
  const run = () => leave()
  leaves.add(run)
  return () => {
    if (!leaves.delete(run) || leaves.size > 0) return
    signal.removeEventListener('abort', runAll)
    waiting.delete(signal)
  }
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const leaves = new Set<() => void>()
  waiting.set(signal, leaves)
  signal.addEventListener('abort', runAll, { once: true })
  return leaves
}

function runAll(this: AbortSignal): void {
  const leaves = waiting.get(this)
  waiting.delete(this)
  for (const leave of leaves ?? []) leave()
}

/** Why a signal was aborted. Those of older libraries give no reason, and do not throw it. */
export function reasonOfAbort(signal: AbortSignal): unknown {
  return signal.reason === undefined
    ? new DOMException('This operation was aborted', 'AbortError')
    : signal.reason
}

/** @throws the reason of the signal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOfAbort(signal)
}
