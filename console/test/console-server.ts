import { decideConfig } from '../../server/src/config/decide.ts'
import { openDatabase } from '../../server/src/db/open.ts'
import { createLog } from '../../server/src/lib/log.ts'
import { install } from '../../server/test/product-process.ts'
import { until } from '../../server/test/until.ts'

export const password = 'correct horse battery staple'

export interface ConsoleServer {
  url: string
  /** The path of the link that makes the first administrator. */
  setupPath: string
  /** Calls the API with the key of an administrator, who is made when first needed. */
  call(method: string, path: string, json?: unknown): Promise<{ status: number; body: Json }>
  /** A user whose password is `password`. */
  user(role: string, username: string): Promise<{ id: number }>
  /** As if every session had been confirmed long ago. */
  outdateConfirmations(): Promise<void>
  /** The path of a new link that sets a password. */
  newPasswordPath(username: string): Promise<string>
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server answered
export type Json = any

/** The product as it is started, on a fresh database, with limits that a test does not meet unless it sets them. */
/** @param host under which people open it; passkeys need a name */
export async function startConsole(
  settings: Record<string, string> = {},
  host = '127.0.0.1',
): Promise<ConsoleServer> {
  const installation = await install()
  const url = installation.url.replace('127.0.0.1', host)
  const serving = await installation.serve({
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    COMSERV_WEBHOOK_RETRY_SCHEDULE: '60,60',
    COMSERV_RATE_LIMIT_SESSION: '100000',
    COMSERV_RATE_LIMIT_STANDARD: '100000',
    COMSERV_RATE_LIMIT_ANONYMOUS: '100000',
    COMSERV_RATE_LIMIT_SIGN_IN: '100000',
    COMSERV_LOG_LEVEL: 'error',
    ...(url === installation.url ? {} : { COMSERV_PUBLIC_URL: url }),
    ...settings,
  })
  let key: string | undefined

  async function call(method: string, path: string, json?: unknown) {
    key ??= await operatorKey()
    const response = await fetch(url + path, {
      method,
      headers: { 'x-api-key': key, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
  }

  async function operatorKey(): Promise<string> {
    const { code, stdout, stderr } = await installation.run([
      'credential',
      'create',
      '--name',
      'Set up by the operator',
      '--scopes',
      'admin',
    ])
    const secret = /cs_live_\w+/.exec(stdout)?.[0]
    if (!secret) throw new Error(`credential create ended with ${code}: ${stdout} ${stderr}`)
    return secret
  }

  return {
    url,
    setupPath: await until('the setup link', () => /\/setup#token=\S+/.exec(serving.stderr())?.[0]),
    call,
    user: async (role, username) =>
      (await call('POST', '/api/v1/users', { username, email: `${username}@example.org`, password, role }))
        .body,
    async outdateConfirmations() {
      const database = openDatabase(decideConfig(installation.env).database, createLog('silent'))
      try {
        const confirmed_at = '2020-01-01T00:00:00Z'
        await database.write((trx) => trx.db.updateTable('sessions').set({ confirmed_at }).execute())
      } finally {
        await database.close()
      }
    },
    async newPasswordPath(username) {
      const { stdout } = await installation.run(['admin', 'reset-password', username, '--json'])
      return JSON.parse(stdout).link.replace(/^.*(?=\/new-password#)/, '')
    },
  }
}
