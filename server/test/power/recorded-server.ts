import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../src/config/free-port.ts'
import { machineEnv, main, type Serving, serve } from '../serving.ts'

/** Why nothing can be recorded here; undefined where it can. */
export function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux'
  return spawnSync('cc', ['--version']).status === 0 ? undefined : 'needs a C compiler, cc'
}

/** Shows that the test sees a promise broken: a commit that does not wait for the disk. */
const laxly = `
  import { DatabaseSync } from 'node:sqlite'
  const { exec } = DatabaseSync.prototype
  DatabaseSync.prototype.exec = function (sql) {
    return exec.call(this, sql.replace('synchronous = FULL', 'synchronous = NORMAL'))
  }`

const makeKey = [
  ...['credential', 'create', '--name', 'writers', '--tier', 'premium', '--json'],
  ...['--scopes', 'read write webhooks:read webhooks:write'],
]

/** The product in a process of its own, whose writes to its data folder are recorded. */
export class RecordedServer {
  readonly trace: string
  readonly url: string
  readonly key: string
  readonly #serving: Serving

  private constructor(serving: Serving, trace: string, url: string, key: string) {
    this.#serving = serving
    this.trace = trace
    this.url = url
    this.key = key
  }

  static async start(folder: string): Promise<RecordedServer> {
    const library = join(folder, 'record.so')
    const trace = join(folder, 'trace')
    const data = join(folder, 'data')
    mkdirSync(data)
    const source = join(import.meta.dirname, 'record.c')
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-lpthread'])
    const port = await freePort('127.0.0.1')
    const env = {
      LD_PRELOAD: library,
      RECORD_FOLDER: data,
      RECORD_TO: trace,
      COMSERV_DATA_DIR: data,
      PORT: String(port),
      COMSERV_LOG_LEVEL: 'error',
      COMSERV_RATE_LIMIT_PREMIUM: '1000000',
      COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
      COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    }
    const lax = process.env.COMSERV_TEST_SYNCHRONOUS === 'NORMAL'
    const nodeOptions = lax ? ['--import', `data:text/javascript,${encodeURIComponent(laxly)}`] : []
    // Before the server, and recorded as well: a process that nobody watched would write to the same files.
    const made = await promisify(execFile)(process.execPath, [...nodeOptions, main, ...makeKey], {
      cwd: folder,
      env: { ...machineEnv, ...env },
    })
    const key = JSON.parse(made.stdout).client_secret
    const serving = await serve(env, { nodeOptions, cwd: folder, stdout: 'ignore' })
    return new RecordedServer(serving, trace, `http://127.0.0.1:${port}`, key)
  }

  /** Where the trace ends now: what was acknowledged until now rests on what is before. */
  position(): number {
    return statSync(this.trace).size
  }

  /** @param what syncs fail with EIO, writes with ENOSPC */
  fail(what: 'sync' | 'write'): void {
    writeFileSync(`${this.trace}.fail`, what)
  }

  recover(): void {
    rmSync(`${this.trace}.fail`)
  }

  stop(): Promise<number | null> {
    return this.#serving.stop()
  }
}
