import { secondMs } from '../lib/timestamps.ts'
import type { Progress } from '../move/move.ts'
import type { Terminal } from './command.ts'

const widthOfBar = 24
const overwriteEveryMs = 100
const lineEveryMs = 10 * secondMs

/** On a terminal a bar; elsewhere a line for each table, and one from time to time. */
export function moveProgress({ overwrite, printError }: Terminal): Progress & { end(): void } {
  let [work, total, done, toldMs] = ['', 0, 0, 0]
  const isDue = () => performance.now() - toldMs >= (overwrite ? overwriteEveryMs : lineEveryMs)
  const tell = (what: string) => {
    toldMs = performance.now()
    const share = total === 0 ? 1 : Math.min(1, done / total)
    const figures = `${Math.floor(share * 100)} %  ${what}`
    if (!overwrite) return printError(`${work}: ${figures}`)
    const full = Math.round(share * widthOfBar)
    overwrite(`${work}  [${'#'.repeat(full)}${'.'.repeat(widthOfBar - full)}] ${figures}`)
  }
  return {
    began(nextWork, nextTotal) {
      ;[work, total, done, toldMs] = [nextWork, nextTotal, 0, performance.now()]
      if (overwrite) overwrite(work)
      else printError(`${work} …`)
    },
    went(more, what) {
      done += more
      if (isDue()) tell(what)
    },
    finished(line) {
      if (!overwrite) printError(`${work}: ${line}`)
    },
    end: () => overwrite?.(''),
  }
}
