import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import { freshDatabase } from './fresh-database.ts'
import { machineEnv, main, type Serving, serve } from './serving.ts'

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface Installation {
  env: Record<string, string>
  url: string
  /** Runs one command to its end, in a process of its own. Unread, its output has nobody at the other end. */
  run(
    args: readonly string[],
    options?: { stdin?: string; env?: Record<string, string>; unread?: boolean },
  ): Promise<Outcome>
  /**
   * Starts `serve`, and resolves once it says that it is ready.
   * @param spawned is told of the process at once, to end it while it starts
   */
  serve(env?: Record<string, string>, spawned?: (process: ChildProcess) => void): Promise<Serving>
}

/** A data folder and a database of its own; everything of it is gone when the file's tests are done. */
export async function install(): Promise<Installation> {
  const fresh = await freshDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'comserv-process-'))
  const port = await freePort('127.0.0.1')
  const running = new Set<ChildProcess>()
  const installation = { COMSERV_DATA_DIR: dataDir, PORT: String(port), ...fresh.env }
  const watch = (child: ChildProcess) => {
    running.add(child)
    child.on('close', () => running.delete(child))
  }

  after(async () => {
    for (const child of running) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    rmSync(dataDir, { recursive: true })
    await fresh.drop()
  })

  return {
    env: installation,
    url: `http://127.0.0.1:${port}`,
    async run(args, { stdin = '', env, unread = false } = {}) {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: dataDir,
        env: { ...machineEnv, ...installation, ...env },
      })
      watch(child)
      if (unread) child.stdout.destroy()
      child.stdin.on('error', () => {})
      child.stdin.end(stdin)
      const [stdout, stderr, [code]] = await Promise.all([
        unread ? '' : text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ])
      return { code, stdout, stderr }
    },
    serve: (env = {}, spawned = () => {}) =>
      serve(
        { ...installation, ...env },
        {
          cwd: dataDir,
          spawned(child) {
            watch(child)
            spawned(child)
          },
        },
      ),
  }
}
