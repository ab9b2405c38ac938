import { randomBytes } from 'node:crypto'
import { type Config, httpAddress } from '../../config/decide.ts'
import { doctorHeader, doctorProof, readSeen, type Seen, seenHeader } from '../../health/seen.ts'
import type { ForwardedHeader } from '../../lib/forwarded.ts'
import { readHostName } from '../../lib/host-names.ts'
import { inRanges, plainAddress, rangeList } from '../../lib/ip-addresses.ts'
import { secondMs } from '../../lib/timestamps.ts'
import { type Check, type Found, ok, problem, warning } from './finding.ts'

const replyTimeoutMs = 4 * secondMs
/** An address that nobody has (RFC 5737): what the doctor claims to be called from, as a caller could. */
export const claimedAddress = '203.0.113.77'

type Site = Pick<
  Config,
  'publicUrl' | 'host' | 'port' | 'hosts' | 'trustProxy' | 'forwardedHeader' | 'secretKey'
>

type Reached = { is: 'seen'; seen: Seen } | { is: 'other'; status: number } | { is: 'silent'; reason: string }

export function addressCheck(config: Config): Check {
  return { name: 'address', run: () => address(config) }
}

/** Calls the server under its own address, as everybody else does, and compares what it saw. */
async function address(config: Site): Promise<Found | readonly Found[]> {
  const { publicUrl, host, port, secretKey } = config
  if (secretKey === undefined) return []
  const own = httpAddress(host, port)
  const [reached, locally] = await Promise.all([
    reach(publicUrl, secretKey),
    publicUrl === own ? undefined : reach(own, secretKey),
  ])
  if (reached.is === 'seen') return judgeSeen(config, reached.seen)
  const isServing = locally?.is === 'seen'
  if (reached.is === 'other')
    return problem(
      `What responds at ${publicUrl} (${reached.status}) is not this installation, or has another secret key.`,
      `Check COMSERV_PUBLIC_URL, where its name leads, and that the proxy there passes requests to ${own}. A server that was started with other settings has to be restarted.`,
    )
  if (!isServing)
    return warning(
      `No server responds at ${publicUrl === own ? own : `${publicUrl} and ${own}`} (${reached.reason}), so proxies were not checked.`,
      'Start the server, and run the command again.',
    )
  return problem(
    `The server runs at ${own}, but cannot be reached at ${publicUrl} (${reached.reason}).`,
    'Check COMSERV_PUBLIC_URL, the DNS record, the certificate, and the proxy in front.',
  )
}

async function reach(url: string, secretKey: string): Promise<Reached> {
  try {
    const response = await fetch(`${url}/health/live`, {
      headers: {
        [doctorHeader]: doctorProof(secretKey, randomBytes(12).toString('hex')),
        'x-forwarded-for': claimedAddress,
        forwarded: `for=${claimedAddress}`,
      },
      redirect: 'manual',
      signal: AbortSignal.timeout(replyTimeoutMs),
    })
    await response.body?.cancel()
    const seen = readSeen(response.headers.get(seenHeader))
    return seen ? { is: 'seen', seen } : { is: 'other', status: response.status }
  } catch (error) {
    const { cause, name, message } = error as Error & { cause?: NodeJS.ErrnoException }
    return {
      is: 'silent',
      reason: name === 'TimeoutError' ? 'no response in time' : (cause?.code ?? message),
    }
  }
}

/** Judges what the server saw of a request under its public address. */
export function judgeSeen(
  { publicUrl, hosts, trustProxy, forwardedHeader }: Omit<Site, 'secretKey' | 'host' | 'port'>,
  seen: Seen,
): Found {
  if (!hosts.includes(readHostName(seen.host) ?? ''))
    return problem(
      `The server was called as '${seen.host}' instead of ${new URL(publicUrl).host}, so pages and sign-in are refused.`,
      'Make the proxy pass on the Host header (nginx: proxy_set_header Host $host).',
    )
  const peer = plainAddress(seen.peer)
  const written = writtenByProxy(seen)
  const through = ok(`The server responds at ${publicUrl}, and sees callers through the proxy at ${peer}.`)
  if (trustProxy === false)
    return written.length > 0 || publicUrl.startsWith('https:')
      ? problem(
          `Requests come through a proxy at ${peer}, and COMSERV_TRUST_PROXY is not set: all callers share its address and its rate limit.`,
          `Set COMSERV_TRUST_PROXY=${peer}, if that is your proxy.`,
        )
      : ok(`The server responds at ${publicUrl}, without a proxy in between that names callers.`)
  const isNamed = written.includes(forwardedHeader)
  const [other] = written
  if (!isNamed && other)
    return problem(
      `The proxy at ${peer} names callers in the header ${other}, and the server reads ${forwardedHeader}.`,
      `Set COMSERV_FORWARDED_HEADER=${other}.`,
    )
  const isClaimBelieved = seen.address === claimedAddress
  // Called from a machine that is trusted itself, its claim counts; what the proxy added comes after it.
  if (isClaimBelieved && (!isNamed || !Array.isArray(trustProxy)))
    return problem(
      `A caller can choose the address that the server sees, by the header ${forwardedHeader}.`,
      Array.isArray(trustProxy)
        ? `Make the proxy add the address of its caller to the header (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for), or remove COMSERV_TRUST_PROXY if there is none.`
        : `COMSERV_TRUST_PROXY=${trustProxy} trusts more than your proxies: set it to ${peer}, if that is your proxy.`,
    )
  if (!isNamed)
    return warning(
      `COMSERV_TRUST_PROXY is set, but nobody named the caller in the header ${forwardedHeader}.`,
      'Make the proxy write it, or remove COMSERV_TRUST_PROXY if there is no proxy.',
    )
  return Array.isArray(trustProxy) && !inRanges(rangeList(trustProxy), peer)
    ? problem(
        `The proxy at ${peer} is not one of those that COMSERV_TRUST_PROXY names, so all callers share its address and its rate limit.`,
        `Add ${peer} to COMSERV_TRUST_PROXY, if that is your proxy.`,
      )
    : through
}

/** The headers that a proxy has written: one that holds the claim alone arrived as it was sent, and one may be missing. */
function writtenByProxy({ forwardedFor, forwarded }: Seen): ForwardedHeader[] {
  return [
    ...(forwardedFor && forwardedFor !== claimedAddress ? (['x-forwarded-for'] as const) : []),
    ...(forwarded && forwarded !== `for=${claimedAddress}` ? (['forwarded'] as const) : []),
  ]
}
