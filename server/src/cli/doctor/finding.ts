import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../../api/errors.ts'
import { CommandError } from '../../lib/command-error.ts'
import { secondMs } from '../../lib/timestamps.ts'

export const standings = ['ok', 'warning', 'problem'] as const

/** One line of what was found. No secret and no path of a URL belongs into it. */
export interface Finding {
  check: string
  status: (typeof standings)[number]
  message: string
  /** What to do; only for what is not ok. */
  advice?: string
}

export type Found = Omit<Finding, 'check'>

export interface Check {
  name: string
  /** @param signal aborted when its time is over: whatever it has opened is closed then */
  run(signal: AbortSignal): Promise<Found | readonly Found[]>
}

export const checkTimeoutMs = 5 * secondMs

export const ok = (message: string): Found => ({ status: 'ok', message })
export const warning = (message: string, advice: string): Found => ({ status: 'warning', message, advice })
export const problem = (message: string, advice: string): Found => ({ status: 'problem', message, advice })

/** Runs all checks at once. Each ends in time, and none prevents another. */
export async function runChecks(
  checks: readonly Check[],
  timeoutMs = checkTimeoutMs,
): Promise<readonly Finding[]> {
  const found = await Promise.all(checks.map((check) => runCheck(check, timeoutMs)))
  return found.flat()
}

async function runCheck({ name, run }: Check, timeoutMs: number): Promise<Finding[]> {
  const overdue = new AbortController()
  const done = new AbortController()
  const late = pause(timeoutMs, undefined, { signal: done.signal }).then(
    () => {
      overdue.abort()
      return problem(
        `The check did not finish within ${timeoutMs / secondMs} s.`,
        'Whatever it waits for hangs: see whether the machine or the network is overloaded, and run the command again.',
      )
    },
    () => [],
  )
  try {
    const found = await Promise.race([run(overdue.signal).catch(failed), late])
    return [found].flat().map((one) => ({ check: name, ...one }))
  } finally {
    done.abort()
  }
}

function failed(error: unknown): Found {
  const message = error instanceof AppError ? error.details : (error as Error).message
  return problem(
    error instanceof CommandError || error instanceof AppError ? message : `The check failed: ${message}.`,
    'Fix this, and run the command again.',
  )
}
