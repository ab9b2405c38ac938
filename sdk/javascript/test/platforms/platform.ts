import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** What the exercise is given. */
export interface Task {
  /** What it writes bears this name, so that platforms do not meet. */
  name: string
  url: string
  /** Leads to the same server, and loses the first answer. */
  brokenUrl: string
  /** Takes requests, and never answers. */
  silentUrl: string
  clientId: string
  clientSecret: string
  signatures: readonly object[]
}

/** A program that runs JavaScript, as it is started for the exercise. */
export interface Platform {
  name: string
  command: string
  args: readonly string[]
}

const runtimes = join(import.meta.dirname, '../../runtimes')
const installed = join(runtimes, 'node_modules')
/** Bun names this one otherwise. */
const bunArch = process.arch === 'arm64' ? 'aarch64' : process.arch

export const platforms: readonly Platform[] = [
  { name: 'Node 20', command: join(installed, `node-20-${process.arch}/bin/node`), args: [] },
  { name: 'Node 24', command: join(installed, `node-24-${process.arch}/bin/node`), args: [] },
  { name: 'Node 26', command: process.execPath, args: [] },
  {
    name: 'Deno',
    command: join(installed, `@deno/linux-${process.arch}-glibc/deno`),
    args: ['run', '--no-remote', '--allow-net', '--allow-env=TASK'],
  },
  { name: 'Bun', command: join(installed, `@oven/bun-linux-${bunArch}/bin/bun`), args: ['run'] },
]

/** Why a platform cannot be tested here; false when it can. */
export function skipReason({ command, name }: Platform): string | false {
  return existsSync(command) ? false : `${name} is not there; npm ci --prefix sdk/javascript/runtimes gets it`
}

/**
 * @param folder where the package is installed, beside the program
 * @param task what the program reads from the environment
 */
export async function runOn(
  { command, args }: Platform,
  task: object,
  folder: string,
  program = 'program.js',
): Promise<unknown> {
  const { stdout } = await promisify(execFile)(command, [...args, program], {
    cwd: folder,
    env: { HOME: folder, TASK: JSON.stringify(task) },
  })
  return JSON.parse(stdout)
}
