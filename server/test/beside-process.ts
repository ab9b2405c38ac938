import { once } from 'node:events'
import { after } from 'node:test'
import { freePort } from '../src/config/free-port.ts'
import type { TestServer } from './harness.ts'
import { serve } from './serving.ts'

/** Answers how much memory the process holds, whenever it is asked. */
const answersMemory =
  "process.on('message', (n) => process.send([n, process.memoryUsage().rss])); process.channel.unref()"

/** `serve` in a process of its own, on the database of a started server. */
export interface ProcessBeside {
  url: string
  /** The resident set, in bytes. */
  memory(): Promise<number>
}

export async function startProcessBeside(
  { context }: TestServer,
  nodeOptions: readonly string[] = [],
): Promise<ProcessBeside> {
  const { dataDir, database, secretKey, publicUrl } = context.config
  const port = await freePort('127.0.0.1')
  const env = {
    PORT: String(port),
    COMSERV_PUBLIC_URL: publicUrl,
    COMSERV_DATA_DIR: dataDir,
    COMSERV_SECRET_KEY: secretKey,
    COMSERV_LOG_LEVEL: 'error',
    ...(database.kind === 'postgres' ? { DATABASE_URL: database.url } : {}),
  }
  const { process: child, stop } = await serve(env, {
    nodeOptions: [...nodeOptions, '--import', `data:text/javascript,${encodeURIComponent(answersMemory)}`],
    ipc: true,
  })
  after(stop)
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
