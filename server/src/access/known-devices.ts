import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { dayMs, secondMs } from '../lib/timestamps.ts'
import type { Vault } from '../lib/vault.ts'
import { addCookie, isHttps, readCookie, type Site } from './cookies.ts'
import { isSame } from './session-token.ts'

/**
 * Browsers in which somebody has signed in (OWASP: device cookies). The cookie opens nothing: it only keeps guesses that
 * others make at a name from locking out its owner. It holds a pass for each of the last people who signed in there, each
 * bound to one user by an HMAC, so that nothing is stored and nobody can make one.
 */
const lifetimeMs = 365 * dayMs
const passesMax = 5
const passPattern = /^([0-9a-z]{1,10})\.([\w-]{22})\.([0-9a-f]{64})$/

type Keys = Pick<Vault, 'fingerprint'>
type Sent = Pick<FastifyRequest, 'headers'>

/** Whether the request has passes at all, which may be forged or those of others. */
export function showsDevice(site: Site, request: Sent): boolean {
  return passesOf(site, request).length > 0
}

/** The id of the device if the user has signed in there before. */
export function deviceOf(
  site: Site,
  keys: Keys,
  request: Sent,
  userId: number,
  nowMs: number,
): string | undefined {
  for (const pass of passesOf(site, request)) {
    const [, expires = '', id = '', mac = ''] = passPattern.exec(pass) ?? []
    if (Number.parseInt(expires, 36) * secondMs > nowMs && isSame(mac, macOf(keys, userId, expires, id)))
      return id
  }
  return undefined
}

/** Adds the pass of the user who has just signed in, in place of the former one and of the oldest beyond the limit. */
export function rememberDevice(
  site: Site,
  keys: Keys,
  request: Sent,
  reply: FastifyReply,
  userId: number,
  nowMs: number,
): void {
  const known = deviceOf(site, keys, request, userId, nowMs)
  const id = known ?? randomBytes(16).toString('base64url')
  const expires = Math.floor((nowMs + lifetimeMs) / secondMs).toString(36)
  const others = passesOf(site, request).filter((pass) => known === undefined || !pass.includes(`.${known}.`))
  const passes = [`${expires}.${id}.${macOf(keys, userId, expires, id)}`, ...others].slice(0, passesMax)
  addCookie(reply, nameFor(site), passes.join('~'), lifetimeMs / secondMs)
}

function passesOf(site: Site, request: Sent): string[] {
  const passes = readCookie(request, nameFor(site))?.split('~', passesMax) ?? []
  return passes.filter((pass) => passPattern.test(pass))
}

function macOf(keys: Keys, userId: number, expires: string, id: string): string {
  return keys.fingerprint(`known device ${userId} ${expires} ${id}`)
}

function nameFor(site: Site): string {
  return isHttps(site) ? '__Host-comserv_device' : 'comserv_device'
}
