import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Question, Reply } from './evaluator-process.ts'
import { ExpressionFailed } from './failure.ts'

/** Processor time of one expression. */
export const expressionMsMax = 50
/** Where the system does not tell the processor time of a process, which may wait for a processor meanwhile. */
const unmeasuredMsMax = 250
/** However little it ran in this time, it is ended. */
const wallMsMax = 2_000
const startMsMax = 20_000

export type Answer = Exclude<Reply, { isReady: true }>

/**
 * A process of its own for expressions that others wrote: an endless one can only be ended from outside, and one that
 * fills the memory ends its whole process, even from a thread with limits. It gets one expression at a time, no
 * environment, and may read nothing but its own code. It starts with the first expression, and again after one was ended.
 */
export class Evaluator {
  #child: Promise<ChildProcess> | undefined
  #isClosed = false

  /** To be called again only after the last has ended. @throws ExpressionFailed when it takes too long */
  async answer(question: Question): Promise<Answer> {
    if (this.#isClosed) throw new Error('The server is stopping.')
    // One that ended while it had nothing to do is not missed.
    const idle = await this.#child?.catch(() => undefined)
    if (!idle?.connected) this.#child = undefined
    this.#child ??= started()
    try {
      const child = await this.#child
      const answer = await answerWithin(child, question)
      keepAlive(child, false)
      return answer
    } catch (error) {
      const child = await this.#child.catch(() => undefined)
      this.#child = undefined
      child?.kill('SIGKILL')
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const child = await this.#child?.catch(() => undefined)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    keepAlive(child, true)
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}

async function answerWithin(child: ChildProcess, question: Question): Promise<Answer> {
  keepAlive(child, true)
  const spentMs = processorTimeOf(child)
  const beganMs = performance.now()
  const waiting = Promise.withResolvers<Answer>()
  const lost = () => waiting.reject(new ExpressionFailed('too_large', 'It took too much memory.'))
  const look = () => {
    const spent = spentMs?.()
    const wall = performance.now() - beganMs
    const left = spent === undefined ? unmeasuredMsMax - wall : expressionMsMax - spent
    if (left > 0 && wall < wallMsMax) timer = setTimeout(look, Math.max(1, left))
    else
      waiting.reject(
        new ExpressionFailed('too_long', `It took longer than ${expressionMsMax} ms and was ended.`),
      )
  }
  let timer = setTimeout(look, expressionMsMax)
  child.once('message', waiting.resolve)
  child.once('exit', lost)
  child.send(question, (error) => error && lost())
  try {
    return await waiting.promise
  } finally {
    clearTimeout(timer)
    child.off('message', waiting.resolve)
    child.off('exit', lost)
  }
}

async function started(): Promise<ChildProcess> {
  const child = fork(new URL('./evaluator-process.ts', import.meta.url), [], {
    env: {},
    execArgv: [
      '--permission',
      ...readable().map((path) => `--allow-fs-read=${path}`),
      '--max-old-space-size=64',
    ],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = new AbortController()
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(startMsMax)])
  child.on('error', () => ended.abort())
  child.on('exit', () => ended.abort())
  try {
    await once(child, 'message', { signal })
    return child
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error('The process for expressions could not be started.', { cause: error })
  }
}

/** Its own code, and the two languages. */
function readable(): string[] {
  const own = dirname(import.meta.dirname)
  const languages = ['@marcbachmann/cel-js', 'jsonata'].map((name) =>
    dirname(fileURLToPath(import.meta.resolve(name))),
  )
  return [
    `${own}/*`,
    `${dirname(own)}/package.json`,
    ...languages.flatMap((path) => [`${path}/*`, `${dirname(path)}/*`]),
  ]
}

/** Since now, in milliseconds; undefined where only Linux would tell. */
function processorTimeOf({ pid }: ChildProcess): (() => number | undefined) | undefined {
  const read = () => {
    try {
      return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6
    } catch {
      return undefined
    }
  }
  const before = read()
  if (before === undefined) return undefined
  return () => {
    const now = read()
    return now === undefined ? undefined : now - before
  }
}

/** An idle process does not keep the server's alive. */
function keepAlive(child: ChildProcess, isBusy: boolean): void {
  for (const one of [child, child.channel])
    if (isBusy) one?.ref()
    else one?.unref()
}
