import { connect, isIP } from 'node:net'
import type { Config } from '../../config/decide.ts'
import type { ProxyAddress } from '../../config/proxy.ts'
import { secondMs } from '../../lib/timestamps.ts'
import { createGuard, type Guard } from '../../sending/guard.ts'
import { LookupError, lookupOf } from '../../sending/lookup.ts'
import { ownReceivers } from '../../sending/own-receiver.ts'
import { systemResolve } from '../../sending/resolve.ts'
import { withDatabase } from './database-checks.ts'
import { type Check, type Found, ok, problem, warning } from './finding.ts'
import type { Opened, Reader } from './reader.ts'

/** Hosts that are connected to at once, those of the newest webhooks. */
export const hostsMax = 50
/** Webhooks whose addresses are read to find them. */
const webhooksMax = 1_000
const connectTimeoutMs = 4 * secondMs
/** Hosts that are listed; the rest is counted. */
const toldMax = 10

export function webhookCheck(config: Config, opened: Promise<Opened>): Check {
  return { name: 'webhooks', run: withDatabase(opened, (reader) => reachability(config, reader)) }
}

interface Place {
  origin: string
  host: string
  url: string
  port: number
  webhooks: number
}

/** Nothing is sent: it is only seen whether a connection can be made, under the rules for webhooks. */
async function reachability(config: Config, reader: Reader): Promise<Found[]> {
  const rows = await reader
    .rows<{ url: string }>(
      `SELECT url FROM webhooks WHERE status = 'active' AND deleted_at IS NULL ORDER BY id DESC LIMIT ${webhooksMax}`,
    )
    .catch(() => [])
  const ownReceiver = ownReceivers(config)
  const places = placesOf(rows.map(({ url }) => url).filter((url) => ownReceiver(url) === undefined))
  if (places.length === 0) return [ok('No active webhook has a receiver on another server.')]
  const guard = createGuard({ ...config.webhooks, ownReceiver })
  const tried = places.slice(0, hostsMax)
  const found = await Promise.all(tried.map((place) => tryPlace(config, guard, place)))
  const failed = found.filter((one) => one !== undefined)
  const more = places.length - tried.length
  const reached = `${tried.length - failed.length} of ${places.length} hosts of active webhooks can be connected to${more > 0 ? `; ${more} were not tried` : ''}.`
  const untold = failed.length - toldMax
  return [
    ok(reached),
    ...failed.slice(0, toldMax),
    ...(untold > 0
      ? [warning(`${untold} more hosts cannot be connected to.`, 'See Admin > Developer > Webhooks.')]
      : []),
  ]
}

function placesOf(urls: readonly string[]): Place[] {
  const places = new Map<string, Place>()
  for (const text of urls) {
    const url = URL.parse(text)
    if (!url || !/^https?:$/.test(url.protocol)) continue
    const known = places.get(url.origin)
    if (known) known.webhooks++
    else
      places.set(url.origin, {
        origin: url.origin,
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        url: text,
        port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
        webhooks: 1,
      })
  }
  return [...places.values()]
}

async function tryPlace(
  { webhooks: { proxies } }: Config,
  guard: Guard,
  { origin, host, url, port, webhooks }: Place,
): Promise<Found | undefined> {
  const of = `${origin} (${webhooks === 1 ? '1 webhook' : `${webhooks} webhooks`})`
  const vetted = guard.vet(url)
  if (vetted.kind === 'refused') return problem(`${of}: ${vetted.reason}`, refusedAdvice)
  const isDirect = guard.staysHere(host) || proxies?.bypass(host, port)
  const proxy = isDirect ? undefined : proxies?.[origin.startsWith('https:') ? 'https' : 'http']
  try {
    if (proxy) await guard.admit(host)
    await connected(proxy ?? { host, port }, proxy ? lookupOf(systemResolve()) : guard.lookup)
    return undefined
  } catch (error) {
    return failure(of, error, proxy)
  }
}

const refusedAdvice =
  'Deliveries to it fail. Change the address of the webhook, or allow it with COMSERV_WEBHOOK_ALLOWED_CIDRS and COMSERV_WEBHOOK_ALLOW_HTTP.'

function failure(of: string, error: unknown, proxy: ProxyAddress | undefined): Found {
  if (error instanceof LookupError && error.code === 'EBLOCKED')
    return problem(
      `${of} leads into a private or reserved network, where webhooks are not sent.`,
      refusedAdvice,
    )
  if (error instanceof LookupError && !proxy)
    return warning(
      `${of}: the name of the host was not resolved.`,
      'Check the address of the webhook, and the DNS servers of this machine.',
    )
  const { code, message } = error as NodeJS.ErrnoException
  const through = proxy ? ` The proxy ${proxy.host}:${proxy.port} cannot be reached.` : ''
  return warning(
    `${of} cannot be connected to (${code ?? message}).${through}`,
    proxy
      ? 'Check COMSERV_WEBHOOK_PROXY or HTTPS_PROXY.'
      : 'See whether the receiver runs, and whether a firewall lets this machine connect to it.',
  )
}

function connected({ host, port }: { host: string; port: number }, lookup: Guard['lookup']): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...(isIP(host) === 0 ? { lookup } : {}) })
    const overdue = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' }))
    }, connectTimeoutMs)
    socket.once('connect', () => socket.destroy())
    socket.once('error', reject)
    socket.once('close', (hadError) => {
      clearTimeout(overdue)
      if (!hadError) resolve()
    })
  })
}
