import { url as debuggerUrl } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { Loaded } from '../extension/declaration.ts'
import type { Log, LogLevel } from '../lib/log.ts'
import { secondMs } from '../lib/timestamps.ts'
import { placeOf } from './mistakes.ts'
import type { Watched } from './watchdog-thread.ts'

/** How often the main thread shows that it goes round. */
const beatMs = secondMs / 4

/**
 * Watches from a thread of its own whether an extension keeps the main thread, where everything runs, from going round: an
 * endless loop there can be ended by nothing in this process. After a tenth of the time the log names the extension and
 * its line; after the whole of it the process ends, and whatever started it starts it again. The server's own work is
 * never ended in this way: only what has the extension on its stack.
 * @param seconds 0: nothing is watched
 * @returns to be called at the end
 */
export function watchExtensions(
  all: readonly Loaded[],
  { seconds, logLevel, log }: { seconds: number; logLevel: LogLevel; log: Log },
): () => void {
  // Who stops at a breakpoint is in no hurry.
  if (seconds === 0 || debuggerUrl() !== undefined) return () => undefined
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const count = new Int32Array(beats)
  const workerData: Watched = {
    beats,
    beatMs,
    missedMax: (seconds * secondMs) / beatMs,
    extensions: all.map((one) => ({ name: one.name, place: placeOf(one) })),
    logLevel,
  }
  const thread = new Worker(new URL('./watchdog-thread.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  })
  thread.unref()
  thread.on('error', (error) =>
    log.warn({ err: error }, 'extensions are no longer watched until the next start'),
  )
  const beating = setInterval(() => Atomics.add(count, 0, 1), beatMs).unref()
  return () => {
    clearInterval(beating)
    void thread.terminate()
  }
}
