import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandError } from '../lib/command-error.ts'
import { driver } from '../lib/loading.ts'
import { secondMs } from '../lib/timestamps.ts'

const connectTimeoutMs = 10 * secondMs
const messageCharactersMax = 500

/** `pg_dump`, as it writes; what it says goes into the failure. */
export async function dumpDatabase(
  url: string,
  signal: AbortSignal,
): Promise<{ bytes: number; read(): AsyncIterable<Uint8Array> }> {
  const bytes = await databaseBytes(url)
  return {
    bytes,
    async *read() {
      const { address, env } = withoutPassword(url)
      const child = spawn('pg_dump', ['--format=custom', '--no-password', `--dbname=${address}`], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal,
      })
      const ended = endOf(child, 'pg_dump')
      yield* child.stdout
      await ended
    },
  }
}

/** Has `pg_restore` read a dump to its end, into nothing. What follows is left unread. */
export async function restorableDump(content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const child = spawn('pg_restore', ['--file=-'], { stdio: ['pipe', 'pipe', 'pipe'], signal })
  const ended = endOf(child, 'pg_restore')
  child.stdout.resume()
  await Promise.all([pipeline(Readable.from(content), child.stdin), ended])
}

async function endOf(child: ReturnType<typeof spawn>, name: string): Promise<void> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, messageCharactersMax)
  })
  try {
    const [code, killedBy] = await once(child, 'close')
    if (code === 0) return
    throw new CommandError(`${name} failed: ${said.trim().replaceAll(/\s+/g, ' ') || (killedBy ?? code)}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandError(
      `${name} is not there: install the client programs of PostgreSQL, in the version of the server or later.`,
    )
  }
}

/** Everybody on the machine may see arguments. */
function withoutPassword(text: string): { address: string; env: NodeJS.ProcessEnv } {
  const [, start = '', user = '', password, rest = ''] =
    /^(\w+:\/\/)(?:([^:@/]*)(?::([^@/]*))?@)?(.*)$/s.exec(text) ?? []
  const address = user === '' ? `${start}${rest}` : `${start}${user}@${rest}`
  return {
    address: password === undefined && user === '' ? text : address,
    env: { ...process.env, ...(password ? { PGPASSWORD: decodeURIComponent(password) } : {}) },
  }
}

/** More than a dump takes, which is compressed. */
async function databaseBytes(url: string): Promise<number> {
  const client = new (driver().Client)({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: connectTimeoutMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query('SELECT pg_database_size(current_database())::float8 AS bytes')
    return Number(rows[0]?.bytes)
  } catch (error) {
    throw new CommandError(`PostgreSQL cannot be reached: ${(error as Error).message}.`)
  } finally {
    await client.end().catch(() => undefined)
  }
}
