import type { Config } from '../../config/decide.ts'
import { readHostName } from '../../lib/host-names.ts'
import { secondMs } from '../../lib/timestamps.ts'
import { tryMailServer } from '../../mail/smtp.ts'
import { type Check, type Found, ok, problem, warning } from './finding.ts'

/** Shorter than a check may take, so that the reason is told rather than that it did not finish. */
const replyTimeoutMs = 4 * secondMs
const redisVersionMin = 6

export function networkChecks(config: Config): Check[] {
  return [
    { name: 'redis', run: () => redis(config) },
    { name: 'mail', run: (signal) => mail(config, signal) },
  ]
}

async function redis({ redisUrl, database, role }: Config): Promise<Found> {
  if (redisUrl === undefined) {
    return database.kind === 'postgres' && role !== 'all'
      ? warning(
          'REDIS_URL is not set, so each process counts rate limits on its own.',
          'Set REDIS_URL to the same Redis in every process.',
        )
      : ok('Redis is not used: each process counts rate limits on its own.')
  }
  const { createClient } = await import('@redis/client')
  const client = createClient({
    url: redisUrl,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: replyTimeoutMs, socketTimeout: replyTimeoutMs, reconnectStrategy: false },
  })
  // Errors also come as events; without a listener they would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return redisVersion(String(await client.info('server')))
  } catch (error) {
    const { message, name, code } = error as NodeJS.ErrnoException
    return problem(
      `Redis cannot be used: ${message || code || name}.`,
      'Check REDIS_URL and that Redis runs there. Until then each process counts rate limits on its own.',
    )
  } finally {
    client.destroy()
  }
}

/** @param info what `INFO server` responds */
export function redisVersion(info: string): Found {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of an unknown version'
  return Number.parseInt(version, 10) < redisVersionMin
    ? problem(`Redis ${version} is too old.`, `Use Redis ${redisVersionMin} or later, or Valkey.`)
    : ok(`Redis ${version} can be reached.`)
}

async function mail({ mail: { server, from }, publicUrl }: Config, signal: AbortSignal): Promise<Found> {
  if (!server) return ok('No mail server is set: links are shown to administrators instead of being mailed.')
  const name = readHostName(new URL(publicUrl).host) ?? 'localhost'
  const failure = await tryMailServer({ server, from, name, timeoutMs: replyTimeoutMs }, signal)
  const where = `${server.host}:${server.port}`
  return failure
    ? problem(
        `The mail server ${where} cannot be used. ${failure.error}`,
        'Check COMSERV_SMTP_URL: its host, its port, smtp or smtps, and the user name and password.',
      )
    : ok(`The mail server ${where} can be used. No mail was sent.`)
}
