import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { installClients, type languages } from './guide-programs.ts'
import type { Sample } from './guide-samples.ts'
import { until } from './until.ts'

/** The receivers of the guides, each as the program that a reader would start. */
const guidePort = '8080'

export interface GuideReceiver {
  /** Of the file, and its text. */
  name: string
  text: string
  folder: string
  port: number
  variables: Record<string, string>
  /** The client library that it uses, if it uses one. */
  client?: (typeof languages)[keyof typeof languages] | undefined
}

/** Writes the file, starts it by its command, and waits until it listens. */
export async function startReceiverOf(
  starts: Sample,
  { name, text, folder, port, variables, client }: GuideReceiver,
): Promise<void> {
  writeFileSync(join(folder, name), text.replaceAll(guidePort, String(port)))
  if (client) installClients(folder)
  const command = starts.text.replaceAll(guidePort, String(port))
  const child = spawn('bash', ['-c', `exec ${command}`], {
    cwd: folder,
    env: environment({ ...client?.env, ...variables }, client && [dirname(client.command)]),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    printed += part
  })
  const ended = once(child, 'exit')
  after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await until(`${name} to listen`, async () => {
    assert.equal(child.exitCode, null, `${name} ended: ${printed}`)
    return fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
  })
}

/** Why a test has to be left out; false when it has not. */
export function lacks(program: string): string | false {
  const { status } = spawnSync('bash', ['-c', 'command -v "$0"', program], { env: environment() })
  return status === 0 ? false : `${program} is not installed`
}

export function environment(more: Record<string, string> = {}, first: string[] = []): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env
  return { PATH: [...first, dirname(process.execPath), PATH].join(':'), HOME, ...more }
}
