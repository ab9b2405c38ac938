import { execFileSync } from 'node:child_process'
import type { TestServer } from './harness.ts'

/** The process in which a server on the embedded database searches, once it has: the only one of its data folder. */
export function searchProcessId({ context }: TestServer): number {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  const line = listed.split('\n').find((one) => one.includes(context.config.dataDir))
  return Number.parseInt(line ?? '', 10)
}

/** Searches wait from now on, the first of them as the one that runs. @returns how to let them go on */
export function holdSearches(server: TestServer): () => void {
  const pid = searchProcessId(server)
  process.kill(pid, 'SIGSTOP')
  return () => process.kill(pid, 'SIGCONT')
}
