import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { serve } from '../server/test/serving.ts'

export interface ServerProcess {
  pid: number
  port: number
  url: string
  /** From its start until it said that it is ready, in milliseconds. */
  readyMs: number
  stop(): Promise<void>
}

/**
 * The product as a person starts it. It logs as it does by default, to the null device: the disk is the database's.
 * A server that ends while it is measured shows up as broken connections; what it printed last says why.
 * @param env its settings; `PORT` must be among them
 */
export async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const {
    process: child,
    readyAfterMs,
    stderr,
    stop,
  } = await serve(env, {
    nodeOptions: extraFlags(),
    stdout: 'ignore',
  })
  child.once('exit', (code, signal) => {
    if (!child.killed)
      process.stderr.write(`The server ended (${code ?? signal}):\n${stderr().slice(-4_000)}\n`)
  })
  const port = Number(env.PORT)
  return {
    pid: child.pid ?? 0,
    port,
    url: `http://127.0.0.1:${port}`,
    readyMs: readyAfterMs,
    stop: async () => void (await stop()),
  }
}

/** `BENCH_NODE_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/prof"` profiles what is measured. */
function extraFlags(): string[] {
  return process.env.BENCH_NODE_FLAGS?.split(' ') ?? []
}

/**
 * Processor time that the process and its children (such as the one that searches) have used, in milliseconds; NaN where
 * the system has no /proc. That of each thread, because the ticks of /proc/PID/stat are 10 ms.
 */
export function processorMs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return Number.NaN
  let ms = 0
  for (const thread of readdirSync(tasks)) {
    const [usedNs = '0'] = readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')
    ms += Number(usedNs) / 1_000_000
    for (const child of readFileSync(`${tasks}/${thread}/children`, 'utf8').split(' '))
      if (child.trim() !== '') ms += processorMs(Number(child))
  }
  return ms
}

/** Physical memory that the process holds, in megabytes of 2^20 bytes. */
export function residentMegabytes(pid: number): number {
  const status = `/proc/${pid}/status`
  const kilobytes = existsSync(status)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Math.round(Number(kilobytes) / 1_024)
}
