import type { ChildProcess } from 'node:child_process'
import { freePort } from '../../src/config/free-port.ts'
import type { Random } from '../fuzz/random.ts'
import type { Installation } from '../product-process.ts'

/** A kill comes so many requests after the start, or after the server was ready. */
const requestsUntilKillMax = 150
const requestsWhileStartingMax = 400
const killsWhileStarting = 0.2
/** Turns of the event loop between the request that was the last and the kill: it arrives, or is worked on, or is answered. */
const turnsMax = 30

const unlimited = { COMSERV_RATE_LIMIT_PREMIUM: '1000000', COMSERV_LOG_LEVEL: 'error' }

export type Role = 'all' | 'api' | 'worker'

interface Server {
  role: Role
  port: number
  process?: ChildProcess
}

/** Server processes on one database, killed in turn and started again. */
export class Processes {
  /** Of those that answer requests. */
  readonly urls: string[] = []
  /** When each kill came, in milliseconds since 1970. */
  readonly killedAtMs: number[] = []
  readonly #product: Installation
  readonly #env: Record<string, string>
  readonly #random: Random
  readonly #servers: Server[] = []
  #countdown: { left: number; reached(): void } | undefined

  constructor(product: Installation, random: Random, env: Record<string, string>) {
    this.#product = product
    this.#env = { ...unlimited, ...env }
    this.#random = random
  }

  async start(...roles: readonly Role[]): Promise<void> {
    for (const role of roles) {
      const server = { role, port: await freePort('127.0.0.1') }
      this.#servers.push(server)
      if (role !== 'worker') this.urls.push(`http://127.0.0.1:${server.port}`)
      await this.#serve(server)
    }
  }

  /** To be told of every request to a server or from one, answered or not: kills come after so many of them. */
  requested(): void {
    if (this.#countdown === undefined || --this.#countdown.left > 0) return
    this.#countdown.reached()
    this.#countdown = undefined
  }

  /** Kills one at a random moment and starts it again, `times` times. */
  async killInTurn(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const server = this.#servers[i % this.#servers.length] as Server
      await this.#requests(this.#random.between(1, requestsUntilKillMax))
      await this.#kill(server)
      if (this.#random.chance(killsWhileStarting) && ++i < times) await this.#killWhileStarting(server)
      await this.#serve(server)
    }
  }

  async stop(): Promise<void> {
    for (const { process } of this.#servers) {
      process?.kill('SIGTERM')
      await ended(process)
    }
  }

  async #serve(server: Server, spawned?: (child: ChildProcess) => void): Promise<void> {
    // The same for all of them: processes with different addresses refuse to share a database.
    const address = { COMSERV_PUBLIC_URL: this.#product.url, PORT: String(server.port) }
    const env = { ...this.#env, ...address, COMSERV_ROLE: server.role }
    const { process } = await this.#product.serve(env, spawned)
    server.process = process
  }

  async #kill({ process }: Server): Promise<void> {
    for (let turns = this.#random.between(0, turnsMax); turns > 0; turns--)
      await new Promise<void>((resolve) => setImmediate(resolve))
    this.killedAtMs.push(Date.now())
    process?.kill('SIGKILL')
    await ended(process)
  }

  /** Writers whose requests are refused meanwhile go on asking. A server that was ready first is killed all the same. */
  async #killWhileStarting(server: Server): Promise<void> {
    let kill: Promise<void> | undefined
    const serving = this.#serve(server, (child) => {
      kill = this.#requests(this.#random.between(1, requestsWhileStartingMax)).then(() => {
        this.killedAtMs.push(Date.now())
        child.kill('SIGKILL')
        return ended(child)
      })
    })
    // Ends with an error when it was killed before it was ready.
    await serving.catch(() => {})
    await kill
  }

  #requests(left: number): Promise<void> {
    return new Promise((reached) => {
      this.#countdown = { left, reached }
    })
  }
}

function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}
