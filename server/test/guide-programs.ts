import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { phpLack } from '../../scripts/php.ts'
import { pythonOfClient } from '../../scripts/python-environment.ts'
import type { TestServer } from './harness.ts'

/**
 * The samples of the guides that use a client library, run as programs of their languages out of the sources of the
 * libraries.
 */
const root = join(import.meta.dirname, '../..')

/** Where the programs run, and leave the files that they write. */
export const programFolder = mkdtempSync(join(tmpdir(), 'comserv-programs-'))
after(() => rmSync(programFolder, { recursive: true }))

// The packages of the JavaScript and PHP clients as npm and Composer would have left them.
symlinkSync(join(root, 'node_modules'), join(programFolder, 'node_modules'))
mkdirSync(join(programFolder, 'vendor'))
writeFileSync(
  join(programFolder, 'vendor/autoload.php'),
  `<?php require '${join(root, 'sdk/php/tests/autoload.php')}';`,
)

/** How a program that comes by standard input is run, and why that cannot be done here, if it cannot. */
export const languages = {
  js: {
    name: 'JavaScript',
    command: process.execPath,
    args: ['--conditions=comserv-source', '--input-type=module'],
    env: {},
    opening: '',
    lack: undefined,
  },
  py: {
    name: 'Python',
    command: pythonOfClient,
    args: ['-'],
    env: { PYTHONPATH: join(root, 'sdk/python/src') },
    opening: '',
    lack: existsSync(pythonOfClient)
      ? undefined
      : 'its packages are not installed; node scripts/python-environment.ts installs them',
  },
  php: {
    name: 'PHP',
    command: 'php',
    args: ['-d', 'display_errors=stderr'],
    env: {},
    opening: '<?php\n',
    lack: phpLack(),
  },
} as const
export type Language = keyof typeof languages

/**
 * @returns what the program printed; it has failed when it does not end with 0, and also when it read what is not there, of
 * which PHP only warns, and JavaScript says nothing
 */
export async function runProgram(
  language: Language,
  program: string,
  variables: Record<string, string>,
  addresses: Readonly<Record<string, string>>,
): Promise<string> {
  const { command, args, env, opening } = languages[language]
  const running = promisify(execFile)(command, args, {
    cwd: programFolder,
    env: { PATH: process.env.PATH, ...env, ...variables },
  })
  const text = Object.entries(addresses).reduce((before, [from, to]) => before.replaceAll(from, to), program)
  running.child.stdin?.end(opening + text)
  const { stdout, stderr } = await running
  assert.equal(stderr, '')
  assert.doesNotMatch(stdout, /\bundefined\b/)
  return stdout
}

/**
 * What the server is asked from now on, and what it answers: `GET /api/v1/users?role=normal 200`.
 *
 * @returns a function that gives those since it was called last
 */
export function recordExchanges({ app }: TestServer): () => string[] {
  const exchanges: { request: IncomingMessage; response: ServerResponse }[] = []
  app.server.on('request', (request, response) => exchanges.push({ request, response }))
  return () =>
    exchanges
      .splice(0)
      .map(({ request, response }) => `${request.method} ${plainUrl(request.url)} ${response.statusCode}`)
}

/** A list as once, however many pages of it were read: curl reads one, a library all that there are. */
export function pagesAsOne(exchanges: readonly string[]): string[] {
  return exchanges.filter((one, index) => !one.startsWith('GET ') || one !== exchanges[index - 1])
}

/** Without what only says where in a list, and with its parameters in one order. */
function plainUrl(url = ''): string {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  for (const name of ['page', 'limit', 'cursor']) searchParams.delete(name)
  searchParams.sort()
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams}`
}
