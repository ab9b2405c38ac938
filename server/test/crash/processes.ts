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

/** Server processes on one database, killed in turn and started again. */
export class Processes {
  readonly urls: string[] = []
  readonly #product: Installation
  readonly #random: Random
  readonly #running: (ChildProcess | undefined)[] = []
  #countdown: { left: number; reached(): void } | undefined

  constructor(product: Installation, random: Random) {
    this.#product = product
    this.#random = random
  }

  async start(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.urls.push(`http://127.0.0.1:${await freePort('127.0.0.1')}`)
      await this.#serve(i)
    }
  }

  /** To be told of every request, answered or not: kills come after so many of them. */
  requested(): void {
    if (this.#countdown === undefined || --this.#countdown.left > 0) return
    this.#countdown.reached()
    this.#countdown = undefined
  }

  /** Kills one at a random moment and starts it again, `times` times. */
  async killInTurn(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const which = i % this.urls.length
      await this.#requests(this.#random.between(1, requestsUntilKillMax))
      await this.#kill(which)
      if (this.#random.chance(killsWhileStarting) && ++i < times) await this.#killWhileStarting(which)
      await this.#serve(which)
    }
  }

  async stop(): Promise<void> {
    for (const child of this.#running) {
      child?.kill('SIGTERM')
      await ended(child)
    }
  }

  async #serve(which: number, spawned?: (child: ChildProcess) => void): Promise<void> {
    const env = { ...unlimited, PORT: new URL(this.urls[which] ?? '').port }
    const { process } = await this.#product.serve(env, spawned)
    this.#running[which] = process
  }

  async #kill(which: number): Promise<void> {
    for (let turns = this.#random.between(0, turnsMax); turns > 0; turns--)
      await new Promise<void>((resolve) => setImmediate(resolve))
    const child = this.#running[which]
    child?.kill('SIGKILL')
    await ended(child)
  }

  /** Writers whose requests are refused meanwhile go on asking. A server that was ready first is killed all the same. */
  async #killWhileStarting(which: number): Promise<void> {
    let kill: Promise<void> | undefined
    const serving = this.#serve(which, (child) => {
      kill = this.#requests(this.#random.between(1, requestsWhileStartingMax)).then(() => {
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
