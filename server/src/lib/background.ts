import type { Log } from './log.ts'

/** Work without a caller: publishing what is due, purging what is old, storing counts. */
export interface Task {
  name: string
  /** Pause between the end of one run and the start of the next, in milliseconds. */
  everyMs: number
  /** Does what is due now. Runs in every process, so it must be correct when several run at once. */
  run(): Promise<void>
}

export interface Background {
  /** Waits for the runs under way, and starts no more. */
  stop(): Promise<void>
}

export function startBackground(tasks: readonly Task[], log: Log): Background {
  const stopping = new AbortController()
  const loops = tasks.map((task) => loop(task, log, stopping.signal))
  return {
    async stop() {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

async function loop({ name, everyMs, run }: Task, log: Log, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    try {
      await run()
    } catch (error) {
      log.error({ err: error, task: name }, 'a background task failed; it runs again')
    }
    await pause(everyMs, stopped)
  }
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    stopped.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      stopped.removeEventListener('abort', done)
      resolve()
    }
  })
}
