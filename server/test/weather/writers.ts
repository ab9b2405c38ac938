import { randomUUID } from 'node:crypto'

export interface Seen {
  /** Titles of the documents whose making was acknowledged. */
  acknowledged: Set<string>
  /** How often each status came; 0 where there was no response. */
  statuses: Map<number, number>
  /** Failed responses that do not say when to come back. */
  withoutRetryAfter: number
  /** Between two acknowledgements, whoever they were for. */
  longestOutageMs: number
  slowestMs: number
}

export interface Writers {
  seen: Seen
  /** Resolves with the next acknowledgement. */
  next(): Promise<void>
  /** Every writer goes on until what it sends is acknowledged, and ends then. */
  stop(): Promise<void>
}

/** Makes documents one after the other, each sent again under the same key until it is acknowledged. */
export function startWriters(url: string, key: string, count: number): Writers {
  const seen: Seen = {
    acknowledged: new Set(),
    statuses: new Map(),
    withoutRetryAfter: 0,
    longestOutageMs: 0,
    slowestMs: 0,
  }
  let lastMs = performance.now()
  let isStopping = false
  let wanting: (() => void)[] = []

  async function write(title: string): Promise<boolean> {
    const beganMs = performance.now()
    const response = await fetch(`${url}/api/v1/documents`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'idempotency-key': title },
      body: JSON.stringify({ title }),
    }).catch(() => undefined)
    await response?.arrayBuffer().catch(() => undefined)
    const nowMs = performance.now()
    const status = response?.status ?? 0
    seen.slowestMs = Math.max(seen.slowestMs, nowMs - beganMs)
    seen.statuses.set(status, (seen.statuses.get(status) ?? 0) + 1)
    if (status !== 201) {
      if (!response?.headers.has('retry-after')) seen.withoutRetryAfter++
      return false
    }
    seen.acknowledged.add(title)
    seen.longestOutageMs = Math.max(seen.longestOutageMs, nowMs - lastMs)
    lastMs = nowMs
    for (const want of wanting) want()
    wanting = []
    return true
  }

  async function go(): Promise<void> {
    while (!isStopping) {
      const title = randomUUID()
      // A little later than at once, as every client does; the storm would measure the storm.
      while (!(await write(title))) await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  const running = Array.from({ length: count }, go)
  return {
    seen,
    next: () => new Promise((resolve) => wanting.push(resolve)),
    async stop() {
      isStopping = true
      await Promise.all(running)
    },
  }
}
