import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../config/free-port.ts'

// What tests of extensions import as `comserv-server/extension/testing` is this module.

const main = fileURLToPath(new URL('../main.mjs', import.meta.url))
const patienceMs = 120_000

export interface TestServer {
  url: string
  /** With all scopes. */
  key: string
  /** @param path from `/api/v1/` on; @param body is sent as JSON */
  // biome-ignore lint/suspicious/noExplicitAny: the caller knows what it asked for
  call(method: string, path: string, body?: object): Promise<{ status: number; body: any }>
}

/**
 * A server with one extension and an empty SQLite database of its own, on a free port. It ends with the tests of the file.
 * @param module the address of the extension: `import.meta.resolve('./index.ts')`
 * @param settings environment variables, such as `COMSERV_X_NAME_URL`
 */
export async function startServer(
  module: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'comserv-extension-'))
  let child: ChildProcess | undefined
  const end = () => child?.kill('SIGKILL')
  process.once('exit', end)
  after(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close')
      end()
      await ended
    }
    process.off('exit', end)
    rmSync(folder, { recursive: true, force: true })
  })
  const extensions = join(folder, 'extensions')
  mkdirSync(extensions)
  writeFileSync(join(extensions, 'tested.mjs'), `export { default } from ${JSON.stringify(module)}\n`)
  const port = await freePort('127.0.0.1')
  // Nothing else of this environment: not the database of another server.
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    COMSERV_DATA_DIR: join(folder, 'data'),
    COMSERV_EXTENSIONS_DIR: extensions,
    COMSERV_RATE_LIMIT_STANDARD: '1000000',
    PORT: String(port),
    ...settings,
  }
  const key = await makeKey(folder, env)
  child = spawn(process.execPath, [main, 'serve'], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  await ready(child)
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    key,
    async call(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: { 'x-api-key': key, ...(body ? { 'content-type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
    },
  }
}

async function makeKey(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const args = [main, 'credential', 'create', '--name', 'Test', '--scopes', 'admin', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env, timeout: patienceMs })
  return JSON.parse(stdout).client_secret
}

/** Resolves once the server says so. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const overdue = setTimeout(() => reject(new Error(`The server does not start:\n${printed}`)), patienceMs)
    child.stderr?.setEncoding('utf8').on('data', (part: string) => {
      printed += part
      if (!printed.includes('is ready at')) return
      printed = ''
      clearTimeout(overdue)
      resolve()
    })
    child.once('close', () => {
      clearTimeout(overdue)
      reject(new Error(`The server ended:\n${printed}`))
    })
  })
}

/** Asks again until there is an answer: for what `on` does, which happens after the response. */
export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadlineMs = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadlineMs) throw new Error(`Waited in vain for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
