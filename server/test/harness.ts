import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { parseScopes } from '../src/access/scopes.ts'
import { closeContext, createApp, createContext, createTasks } from '../src/app.ts'
import { operator } from '../src/cli/actor.ts'
import { decideConfig } from '../src/config/decide.ts'
import { freePort } from '../src/config/free-port.ts'
import type { Context } from '../src/context.ts'
import type { CredentialCreate } from '../src/credentials/schema.ts'
import { createCredential } from '../src/credentials/service.ts'
import { startExtensions } from '../src/extensions/start.ts'
import type { App } from '../src/http/pipeline.ts'
import { createLog } from '../src/lib/log.ts'
import { assertCountersExact } from './counters-exact.ts'
import { assertEventsValid } from './events-valid.ts'
import { freshDatabase } from './fresh-database.ts'
import { logSettled } from './log-settled.ts'

/** A clock that stands still until a test moves it. */
export class TestClock {
  #nowMs: number
  #elapsedMs = 0
  constructor(start = '2026-01-15T08:30:00Z') {
    this.#nowMs = Date.parse(start)
  }
  now(): number {
    return this.#nowMs
  }
  elapsed(): number {
    return this.#elapsedMs
  }
  advance(ms: number): void {
    this.#nowMs += ms
    this.#elapsedMs += ms
  }
  /** Somebody sets the time; none has passed. */
  step(ms: number): void {
    this.#nowMs += ms
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server answered
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed body; undefined when there is none. */
  body: Json
}

export interface CallOptions {
  key?: string
  token?: string
  /** Sent as JSON. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Uint8Array
  headers?: Record<string, string>
  /** Read the event log as it is now, also while transactions of other suites hold rows back (log-settled.ts). */
  unsettled?: boolean
}

export interface TestServer {
  url: string
  context: Context
  app: App
  clock: TestClock
  /** What the server logged, one object a line. */
  logged: Json[]
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Makes a credential as the operator of the machine would. */
  credential(
    scopes: string,
    more?: Partial<CredentialCreate>,
  ): Promise<{ id: number; clientId: string; secret: string }>
  token(credential: { clientId: string; secret: string }, scope?: string): Promise<string>
  /** The types of the events since the last call, in order. */
  newEvents(): Promise<string[]>
  /** Sends every delivery that is due now, and waits until none is. */
  deliver(): Promise<void>
  /** Sends all mail that is due now, and waits until none is. */
  sendMail(): Promise<void>
  /** Begins the runs of automations that are due, carries them out, and waits until none is. */
  automate(): Promise<void>
  /** Runs a background task now, as its timer would. */
  runTask(name: string): Promise<void>
  stop(): Promise<void>
}

/** What answers from the event log up to its horizon. */
const readsLog = /^\/api\/v1\/(events|webhooks\/preview|webhooks\/\d+\/recover|automations\/\d+\/dry-run)\b/

export interface ServerOptions {
  env?: Record<string, string>
  clock?: TestClock
  /** Another process on the same database: share the first server's settings and clock. */
  beside?: TestServer
  /** The folder of a built console; without it there is none, whatever lies in the project. */
  siteDir?: string
  /** The same for the packed client libraries. */
  packagesDir?: string
}

/** Starts the product on a real port and a fresh database, and stops it when the file's tests are done. */
export async function startServer({
  env = {},
  beside,
  siteDir = join(tmpdir(), 'comserv-no-site'),
  packagesDir = siteDir,
  clock = beside?.clock ?? new TestClock(),
}: ServerOptions = {}): Promise<TestServer> {
  const fresh = beside ? undefined : await freshDatabase({ migrated: true })
  const dataDir = beside?.context.config.dataDir ?? mkdtempSync(join(tmpdir(), 'comserv-test-'))
  const config = beside
    ? { ...beside.context.config, port: await freePort('127.0.0.1') }
    : decideConfig({
        COMSERV_DATA_DIR: dataDir,
        PORT: String(await freePort('127.0.0.1')),
        COMSERV_LOG_LEVEL: 'info',
        COMSERV_RATE_LIMIT_STANDARD: '1000000',
        COMSERV_RATE_LIMIT_PREMIUM: '1000000',
        COMSERV_RATE_LIMIT_ANONYMOUS: '1000000',
        COMSERV_RATE_LIMIT_SESSION: '1000000',
        COMSERV_RATE_LIMIT_SIGN_IN: '1000000',
        COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
        COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
        ...fresh?.env,
        ...env,
      })
  const logged: Json[] = []
  const log = createLog(config.logLevel, { write: (line) => void logged.push(JSON.parse(line)) })
  const context = await createContext(config, log, { clock, resolve: resolveForTests, siteDir, packagesDir })
  await startExtensions(context)
  const app = createApp(context)
  await app.listen({ host: '127.0.0.1', port: config.port })
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  let eventsSeen = 0
  let isStopped = false

  const server: TestServer = {
    url,
    context,
    app,
    clock,
    logged,
    async call(method, path, options = {}) {
      if (readsLog.test(path) && !options.unsettled) await logSettled(context.database.read)
      return call(url, method, path, options)
    },
    async credential(scopes, more = {}) {
      const input = { name: scopes, scopes: parseScopes(scopes), ...more }
      const change = createCredential(context, await operator(context), input)
      const { resource } = await context.database.write(change)
      return { id: resource.id, clientId: resource.client_id, secret: resource.client_secret }
    },
    async token({ clientId, secret }, scope) {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret,
      })
      if (scope !== undefined) form.set('scope', scope)
      const { body, text } = await call(url, 'POST', '/api/v1/oauth/token', {
        body: form.toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      if (typeof body.access_token !== 'string') throw new Error(text)
      return body.access_token
    },
    async newEvents() {
      const rows = await context.database.read
        .selectFrom('events')
        .select(['id', 'type'])
        .where('id', '>', eventsSeen)
        .orderBy('id')
        .execute()
      eventsSeen = rows.at(-1)?.id ?? eventsSeen
      return rows.map((row) => row.type)
    },
    deliver: () => context.dispatcher.drain(),
    async sendMail() {
      await context.mailer?.drain()
    },
    async automate() {
      // What runs write may begin further runs.
      for (let seen = -1, newest = await newestEvent(context); newest !== seen; ) {
        await logSettled(context.database.read)
        await context.automations.drain()
        seen = newest
        newest = await newestEvent(context)
      }
    },
    async runTask(name) {
      const task = createTasks(context).find((known) => known.name === name)
      if (!task) throw new Error(`There is no task '${name}'.`)
      await task.run()
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      await app.close()
      try {
        if (!beside) {
          await assertCountersExact(context.database)
          await assertEventsValid(context.database)
        }
      } finally {
        await closeContext(context)
        if (!beside) rmSync(dataDir, { recursive: true, force: true })
        await fresh?.drop()
      }
    },
  }
  after(() => server.stop())
  return server
}

async function newestEvent({ database: { read } }: Context): Promise<number> {
  const last = await read.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return last?.id ?? 0
}

/** Names as the tests' own name server would know them; nobody else's is ever asked. */
async function resolveForTests(host: string): Promise<string[]> {
  const known: Record<string, string[]> = {
    'receiver.example': ['127.0.0.1'],
    'example.com': ['93.184.215.14'],
    'inside.example': ['93.184.215.14', '10.0.0.7'],
  }
  if (known[host]) return known[host]
  throw Object.assign(new Error(`There is no host ${host}.`), { code: 'ENOTFOUND' })
}

async function call(
  url: string,
  method: string,
  path: string,
  { key, token, json, body, headers }: CallOptions,
): Promise<Answer> {
  const sent = json === undefined ? body : JSON.stringify(json)
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': key }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
    redirect: 'manual',
  })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  }
}
