import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { until } from './until.ts'

export const main = join(import.meta.dirname, '../src/main.mjs')

/** All that a process of the product gets from this machine: its settings are the test's alone. */
const { PATH = '', HOME = '' } = process.env
export const machineEnv = { PATH, HOME }

export interface Serving {
  process: ChildProcess
  readyAfterMs: number
  /** What it printed until now. */
  stdout(): string
  stderr(): string
  /** @returns the exit code; null when a signal ended it */
  ended: Promise<number | null>
  /** As an operator ends it; one that does not end is killed. @returns the exit code */
  stop(): Promise<number | null>
}

export interface Serve {
  /** For Node, not for the product. */
  nodeOptions?: readonly string[]
  cwd?: string
  /** `ignore` leads to the null device: nobody reads what it logs. */
  stdout?: 'pipe' | 'ignore'
  /** A channel for messages between the processes. */
  ipc?: boolean
  /** Is told of the process at once, to end it while it starts. */
  spawned?: (process: ChildProcess) => void
}

/** The product as a person starts it, in a process of its own. Resolves once it says that it is ready. */
export async function serve(
  env: Readonly<Record<string, string>>,
  { nodeOptions = [], cwd, stdout = 'pipe', ipc = false, spawned = () => {} }: Serve = {},
): Promise<Serving> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [...nodeOptions, main, 'serve'], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...machineEnv, ...env },
    stdio: ['ignore', stdout, 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  })
  spawned(child)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const printed = { stdout: textOf(child.stdout), stderr: textOf(child.stderr) }
  await until('the server to be ready', () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The server ended: ${printed.stderr()}`)
    return printed.stderr().includes('is ready at') || undefined
  })
  return {
    process: child,
    readyAfterMs: performance.now() - startedMs,
    ...printed,
    ended,
    async stop() {
      await stopChild(child)
      return child.exitCode
    },
  }
}

/** What a stream brought until now. */
function textOf(stream: Readable | null): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (part: string) => (text += part))
  return () => text
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const overdue = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exit
  clearTimeout(overdue)
}
