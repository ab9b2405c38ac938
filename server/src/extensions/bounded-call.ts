import { Script } from 'node:vm'

/** Processor time of a call. */
export const callMsMax = 50
/** On a machine with much else to do, a call that was ended has had less than its time, and is made again. */
const attemptsMax = 6

/** A call was ended because it would not end. */
export class Endless extends Error {}

const key = Symbol.for('comserv.bounded-call')
let script: Script | undefined

/**
 * Calls a function that does not wait, and ends it after 50 ms of processor time: nothing else of this process runs
 * meanwhile. Only the engine can interrupt a loop, and it measures time on the clock; so a call that was interrupted
 * before it had its processor time is made again with more.
 * @param call starts from the same state each time
 * @throws Endless
 */
export function boundedCall<T>(call: () => T): T {
  script ??= new Script(`globalThis[Symbol.for('${key.description}')]()`)
  const place = globalThis as { [key]?: () => T }
  const outer = place[key]
  try {
    for (let attempt = 0; ; attempt++) {
      const used = process.threadCpuUsage()
      place[key] = call
      try {
        return script.runInThisContext({ timeout: callMsMax * 2 ** attempt, displayErrors: false }) as T
      } catch (error) {
        if ((error as NodeJS.ErrnoException)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
        const { user, system } = process.threadCpuUsage(used)
        if ((user + system) / 1_000 >= callMsMax || attempt + 1 === attemptsMax)
          throw new Endless(`It did not end within ${callMsMax} ms of processor time.`)
      }
    }
  } finally {
    if (outer) place[key] = outer
    else delete place[key]
  }
}
