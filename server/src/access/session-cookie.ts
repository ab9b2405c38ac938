import type { FastifyReply, FastifyRequest } from 'fastify'
import { minuteMs, secondMs } from '../lib/timestamps.ts'
import { addCookie, isHttps, readCookie, type Site } from './cookies.ts'
import { sessionLifetimeMs } from './session-lifetime.ts'

/**
 * The cookie with the session token. `__Host-` binds it to this host and to https. Over plain http browsers drop it,
 * except some of them on loopback addresses; there a second cookie of the same value without `Secure` takes its place
 * (docs/decisions/0010-sessions-by-cookie.md).
 */
const guardedName = '__Host-comserv_session'
const plainName = 'comserv_session'

/** The cookie of a sign-in that waits for its second step. It opens nothing else. */
const stepName = 'comserv_sign_in'
export const stepLifetimeMs = 10 * minuteMs

/** The cookie of a browser that was asked for a passkey. Only an answer from there is accepted. */
const passkeyName = 'comserv_passkey'
export const passkeyLifetimeMs = 5 * minuteMs

const tokenPattern = /^[A-Za-z0-9_-]{43}$/

type Sent = Pick<FastifyRequest, 'headers'>

/** The session token of the request; undefined when it has none of the right form. */
export function sessionTokenOf(site: Site, request: Sent): string | undefined {
  return tokenIn(request, namesFor(site))
}

/** The same of a sign-in that waits. */
export function stepTokenOf(site: Site, request: Sent): string | undefined {
  return tokenIn(request, [guarded(site, stepName)])
}

export function setStepCookie(site: Site, reply: FastifyReply, token: string): void {
  addCookie(reply, guarded(site, stepName), token, stepLifetimeMs / secondMs)
}

export function clearStepCookie(site: Site, reply: FastifyReply): void {
  addCookie(reply, guarded(site, stepName), '', 0)
}

export function passkeyTokenOf(site: Site, request: Sent): string | undefined {
  return tokenIn(request, [guarded(site, passkeyName)])
}

export function setPasskeyCookie(site: Site, reply: FastifyReply, token: string): void {
  addCookie(reply, guarded(site, passkeyName), token, passkeyLifetimeMs / secondMs)
}

function guarded(site: Site, name: string): string {
  return isHttps(site) ? `__Host-${name}` : name
}

function tokenIn(request: Sent, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = readCookie(request, name)
    if (value !== undefined && tokenPattern.test(value)) return value
  }
  return undefined
}

export function setSessionCookie(site: Site, reply: FastifyReply, token: string): void {
  writeCookies(site, reply, token, sessionLifetimeMs / secondMs)
}

export function clearSessionCookie(site: Site, reply: FastifyReply): void {
  writeCookies(site, reply, '', 0)
}

/** Whether passwords and cookies cross a network unencrypted. */
export function signInIsExposed({ publicUrl, host }: Site & { host: string }): boolean {
  return !isHttps({ publicUrl }) && !(isLoopback(new URL(publicUrl).hostname) && isLoopback(host))
}

function writeCookies(site: Site, reply: FastifyReply, value: string, maxAgeSeconds: number): void {
  for (const name of namesFor(site)) addCookie(reply, name, value, maxAgeSeconds)
}

function namesFor(site: Site): readonly string[] {
  return isHttps(site) ? [guardedName] : [guardedName, plainName]
}

function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host)
}
