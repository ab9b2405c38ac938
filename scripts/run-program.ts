import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Finished {
  code: number
  stdout: string
  /** Standard output and standard error, interleaved as written. */
  output: string
}

const root = join(import.meta.dirname, '..')

/** Runs a program without a shell, by default in the root of the project. */
export async function runProgram(program: string, args: readonly string[], folder = root): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const [code] = await once(child, 'close')
  return { code: code ?? 1, stdout, output }
}
