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
import { callsApi, markOf, programOf, runCurl, samplesOf } from './guide-samples.ts'
import type { Json, TestServer } from './harness.ts'
import { type AuditRow, auditTrail } from './left-behind.ts'

/**
 * The samples of the guides that use a client library, run as programs of their languages out of the sources of the
 * libraries.
 */
const root = join(import.meta.dirname, '../..')

/** Where the programs run, and leave the files that they write. */
export const programFolder = mkdtempSync(join(tmpdir(), 'comserv-programs-'))
after(() => rmSync(programFolder, { recursive: true }))

installClients(programFolder)

/** How a program that comes by standard input is run, and why that cannot be done here, if it cannot. */
export const languages = {
  js: {
    name: 'JavaScript',
    command: process.execPath,
    args: ['--input-type=module'],
    env: { NODE_OPTIONS: '--conditions=comserv-source' },
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

/** Leaves in the folder what npm and Composer would have left of the JavaScript and PHP clients. */
export function installClients(folder: string): void {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'vendor'))
  writeFileSync(
    join(folder, 'vendor/autoload.php'),
    `<?php require '${join(root, 'sdk/php/tests/autoload.php')}';`,
  )
}

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
  running.child.stdin?.end(text.startsWith(opening) ? text : opening + text)
  const { stdout, stderr } = await running
  assert.equal(stderr, '')
  assert.doesNotMatch(stdout, /\bundefined\b/)
  return stdout
}

/** What stands in the guides for the server. */
export const documentedUrl = 'http://127.0.0.1:3000'

/** A server as a reader of the guide has it. */
export interface ReadersServer {
  server: TestServer
  variables: Record<string, string>
  /** What stands in the guide, and is elsewhere in the test. */
  addresses: Readonly<Record<string, string>>
}

/**
 * Runs the program that the tabs of the language are on one server, all calls with curl on another, and holds the former to
 * those of the latter that are tabs: the same requests, answered alike, the same changes, the same events.
 */
export async function assertDoesWhatCurlDoes(
  file: string,
  language: Language,
  [forCurl, forProgram]: readonly [ReadersServer, ReadersServer],
): Promise<void> {
  const newOfCurl = await recordEffects(forCurl.server)
  const byCurl: Effects = { exchanges: [], changes: [], events: [] }
  for (const sample of samplesOf(file).filter(callsApi)) {
    await runCurl(sample, forCurl.variables, forCurl.addresses, programFolder)
    const { exchanges, changes, events } = await newOfCurl()
    if (markOf(sample, 'tab') === undefined) continue
    byCurl.exchanges.push(...exchanges)
    byCurl.changes.push(...changes)
    byCurl.events.push(...events)
  }
  const newOfProgram = await recordEffects(forProgram.server)
  const program = programOf(file, language, 'tab') ?? assert.fail(`No tab of ${file} is in ${language}.`)
  await runProgram(language, program, forProgram.variables, forProgram.addresses)
  const byProgram = await newOfProgram()
  assert.notDeepEqual(byCurl.exchanges, [])
  assert.deepEqual(pagesAsOne(byProgram.exchanges), pagesAsOne(byCurl.exchanges))
  assert.deepEqual(byProgram.changes, byCurl.changes)
  assert.deepEqual(byProgram.events, byCurl.events)
}

interface Effects {
  /** What the server was asked, and what it answered: `GET /api/v1/users?role=normal 200`. */
  exchanges: string[]
  /** As the audit log has them: not every change is an event. */
  changes: Pick<AuditRow, 'action' | 'targetId' | 'before' | 'after'>[]
  events: string[]
}

/** @returns a function that gives what has come since it was called last, or since now */
async function recordEffects(server: TestServer): Promise<() => Promise<Effects>> {
  const exchanges: { request: IncomingMessage; response: ServerResponse }[] = []
  server.app.server.on('request', (request, response) => exchanges.push({ request, response }))
  const newRows = auditTrail(server)
  const newEffects = async () => ({
    exchanges: exchanges
      .splice(0)
      .map(({ request, response }) => `${request.method} ${plainUrl(request.url)} ${response.statusCode}`),
    changes: (await newRows()).map(({ action, targetId, before, after }) => ({
      action,
      targetId,
      before: withoutChance(before),
      after: withoutChance(after),
    })),
    events: await server.newEvents(),
  })
  await newEffects()
  return newEffects
}

/** Client ids, the beginnings of secrets and public keys are never the same twice. */
function withoutChance(snapshot: Json): Json {
  const { client_id: _, secret_prefix: __, ...rest } = snapshot ?? {}
  if (typeof rest.url === 'string') rest.url = rest.url.replace(/^.*\/test-receiver\/.+/, '/test-receiver/…')
  if (rest.public_keys) rest.public_keys = rest.public_keys.length
  return snapshot && rest
}

/** A list as once, however many pages of it were read: curl reads one, a library all that there are. */
function pagesAsOne(exchanges: readonly string[]): string[] {
  return exchanges.filter((one, index) => !one.startsWith('GET ') || one !== exchanges[index - 1])
}

/** Without what only says where in a list, and with its parameters in one order. */
function plainUrl(url = ''): string {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
  for (const name of ['page', 'limit', 'cursor']) searchParams.delete(name)
  searchParams.sort()
  // Test receivers have addresses of chance.
  const path = pathname.replace(/^\/test-receiver\/.+/, '/test-receiver/…')
  return searchParams.size === 0 ? path : `${path}?${searchParams}`
}
