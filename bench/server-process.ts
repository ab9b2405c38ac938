import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { stopChild } from './processes.ts'

const startTimeoutMs = 20_000
const main = join(import.meta.dirname, '../server/src/main.ts')

export interface ServerProcess {
  pid: number
  port: number
  url: string
  /** From its start to a good answer to "are you ready?", in milliseconds. */
  readyMs: number
  stop(): Promise<void>
}

/**
 * The product as a person starts it. It logs as it does by default, to the null device: the disk is the database's.
 * @param env its settings; `PORT` must be among them
 */
export async function startServer(env: Record<string, string>): Promise<ServerProcess> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [...extraFlags(), main, 'serve'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  tellOfItsEnd(child)
  const port = Number(env.PORT)
  const url = `http://127.0.0.1:${port}`
  try {
    await lineThatSays(child.stderr, 'Comserv is ready')
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    if (!answer.ok) throw new Error(`The server is not ready: ${await answer.text()}`)
  } catch (error) {
    await stopChild(child)
    throw error
  }
  return {
    pid: child.pid ?? 0,
    port,
    url,
    readyMs: performance.now() - startedMs,
    stop: () => stopChild(child),
  }
}

/** A server that ends while it is measured shows up as broken connections; what it printed last says why. */
function tellOfItsEnd(child: ChildProcessByStdio<null, null, Readable>): void {
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => {
    printed = (printed + chunk).slice(-4_000)
  })
  child.once('exit', (code, signal) => {
    if (!child.killed) process.stderr.write(`The server ended (${code ?? signal}):\n${printed}\n`)
  })
}

/** `BENCH_NODE_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/prof"` profiles what is measured. */
function extraFlags(): string[] {
  return process.env.BENCH_NODE_FLAGS?.split(' ') ?? []
}

async function lineThatSays(stream: NodeJS.ReadableStream, words: string): Promise<void> {
  const seen: string[] = []
  const lines = createInterface({ input: stream, signal: AbortSignal.timeout(startTimeoutMs) })
  for await (const line of lines) {
    if (line.includes(words)) {
      stream.resume()
      return
    }
    seen.push(line)
  }
  throw new Error(`The server did not start:\n${seen.join('\n')}`)
}

/** Processor time that the process has used, in milliseconds; NaN where the system has no /proc. */
export function processorMs(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  const ticks = Number(fields[11]) + Number(fields[12])
  return ticks * 10
}

/** Physical memory that the process holds, in megabytes of 2^20 bytes. */
export function residentMegabytes(pid: number): number {
  const status = `/proc/${pid}/status`
  const kilobytes = existsSync(status)
    ? /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Math.round(Number(kilobytes) / 1_024)
}
