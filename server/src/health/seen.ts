import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { fingerprintKeyOf } from '../lib/vault.ts'

/** Sent by `comserv doctor`: `nonce.proof`. */
export const doctorHeader = 'x-comserv-doctor'
/** The response to it. */
export const seenHeader = 'x-comserv-seen'

/** A request as the server saw it. */
export interface Seen {
  /** Of the connection: the proxy, if there is one. */
  peer: string
  /** Of the caller, after the headers of trusted proxies were read. */
  address: string
  host: string
  /** The headers in which a proxy names the caller, as they came. */
  forwardedFor: string | undefined
  forwarded: string | undefined
}

/** Longer than a header that was written by a few proxies. */
const shownMax = 500

/** Shows that a request is from somebody who has the secret key, without giving it away. */
export function doctorProof(secretKey: string, nonce: string): string {
  const mac = createHmac('sha256', fingerprintKeyOf(secretKey)).update(`comserv doctor ${nonce}`)
  return `${nonce}.${mac.digest('hex')}`
}

/**
 * What the doctor of this installation needs to judge the proxies in front: encoded, because a header may hold anything.
 * @returns undefined for everybody else
 */
export function seenByDoctor(
  secretKey: string,
  { headers, ip, socket, raw }: Pick<FastifyRequest, 'headers' | 'ip' | 'socket' | 'raw'>,
): string | undefined {
  const given = headers[doctorHeader]
  if (typeof given !== 'string') return undefined
  const [nonce = ''] = given.split('.', 1)
  const wanted = Buffer.from(doctorProof(secretKey, nonce))
  const proof = Buffer.from(given)
  if (proof.length !== wanted.length || !timingSafeEqual(proof, wanted)) return undefined
  // As they came: the server replaces what it reads the address from.
  const shown = (name: string) => {
    const values = raw.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name)
    return values.length === 0 ? undefined : values.join(', ').slice(-shownMax)
  }
  const seen: Seen = {
    peer: socket.remoteAddress ?? '',
    address: ip,
    host: headers.host ?? '',
    forwardedFor: shown('x-forwarded-for'),
    forwarded: shown('forwarded'),
  }
  return encodeURIComponent(JSON.stringify(seen))
}

/** @returns undefined when the response is not that of a server with the same secret key */
export function readSeen(header: string | null): Seen | undefined {
  if (header === null) return undefined
  try {
    return JSON.parse(decodeURIComponent(header)) as Seen
  } catch {
    return undefined
  }
}
