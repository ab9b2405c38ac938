import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stopChild } from '../server/test/serving.ts'
import type { Canned } from './bare.ts'
import type { LoadReport, LoadTask } from './load.ts'
import type { PostTask } from './poster.ts'

const answerTimeoutMs = 90_000

export interface Bare {
  pid: number
  port: number
  /** From now on it answers everything with this. */
  answerWith(canned: Canned): Promise<void>
  stop(): Promise<void>
}

export interface Loader {
  run(task: LoadTask): Promise<LoadReport>
  stop(): Promise<void>
}

export interface Poster {
  pid: number
  post(task: PostTask): Promise<void>
  stop(): Promise<void>
}

export async function startBare(): Promise<Bare> {
  const child = fork(join(import.meta.dirname, 'bare.ts'))
  const port = (await nextMessage(child)) as number
  return {
    pid: child.pid ?? 0,
    port,
    async answerWith(canned) {
      await ask(child, canned)
    },
    stop: () => stopChild(child),
  }
}

export async function startLoader(): Promise<Loader> {
  const child = fork(join(import.meta.dirname, 'load.ts'))
  return {
    async run(task) {
      return (await ask(child, task)) as LoadReport
    },
    stop: () => stopChild(child),
  }
}

export async function startPoster(): Promise<Poster> {
  const child = fork(join(import.meta.dirname, 'poster.ts'))
  return {
    pid: child.pid ?? 0,
    async post(task) {
      await ask(child, task)
    },
    stop: () => stopChild(child),
  }
}

async function ask(child: ChildProcess, question: object): Promise<unknown> {
  child.send(question)
  return nextMessage(child)
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController()
  const onExit = () => ended.abort()
  child.once('exit', onExit)
  try {
    const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(answerTimeoutMs)])
    const [message] = await once(child, 'message', { signal })
    return message
  } finally {
    child.off('exit', onExit)
  }
}
