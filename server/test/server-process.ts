import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import type { TestServer } from './harness.ts'

/** Answers how much memory the process holds, whenever it is asked. */
const answersMemory =
  "process.on('message', (n) => process.send([n, process.memoryUsage().rss])); process.channel.unref()"

/** `serve` in a process of its own, on the database of a started server. */
export interface ServerProcess {
  url: string
  /** The resident set, in bytes. */
  memory(): Promise<number>
}

export async function startServerProcess(
  { context }: TestServer,
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const { dataDir, database, secretKey } = context.config
  const port = await freePort('127.0.0.1')
  const child = fork(join(import.meta.dirname, '../src/main.ts'), ['serve'], {
    execArgv: [...nodeOptions, '--import', `data:text/javascript,${encodeURIComponent(answersMemory)}`],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      COMSERV_DATA_DIR: dataDir,
      COMSERV_SECRET_KEY: secretKey,
      COMSERV_LOG_LEVEL: 'error',
      ...(database.kind === 'postgres' ? { DATABASE_URL: database.url } : {}),
    },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  await printed(child, /is ready at/)
  let asked = 0
  return {
    url: `http://127.0.0.1:${port}`,
    async memory() {
      const mine = ++asked
      child.send(mine)
      for (;;) {
        const [[answered, bytes]] = (await once(child, 'message')) as [[number, number]]
        if (answered === mine) return bytes
      }
    },
  }
}

function printed(child: ChildProcess, wanted: RegExp): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk) => {
      text += chunk
      if (wanted.test(text)) resolve()
    })
    child.once('exit', () => reject(new Error(`The server did not start: ${text}`)))
  })
}
