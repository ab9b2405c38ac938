import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { freePort } from '../src/config/free-port.ts'

/** Why tests with a real Redis cannot be run; false when they can. */
export const lacksRedis =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed'

export interface RedisServer {
  url: string
  /** Ends it at once; nothing is kept. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Stops in the middle of whatever it does, with its connections open. */
  freeze(): void
  thaw(): void
}

/** A Redis that keeps nothing on the disk, on a free port, until the tests of the file are done. */
export async function startRedis(password = ''): Promise<RedisServer> {
  const port = await freePort('127.0.0.1')
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--requirepass',
      password,
    ]
    const started = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
    child = started
    for await (const line of started.stdout) if (/Ready to accept connections/i.test(String(line))) break
    started.stdout.resume()
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  await start()
  after(kill)
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
  }
}
