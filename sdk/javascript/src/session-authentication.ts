import type { Ask, Authentication } from './authentication.ts'
import type { Confirm } from './options.ts'
import { csrfTokenOf } from './received-tokens.ts'
import { abortable, sharedRun } from './shared-run.ts'
import type { Session } from './types.ts'

const safeMethods = new Set(['GET', 'HEAD'])

/**
 * The browser's cookie authenticates; changes also carry the CSRF token, which the server returns at sign-in and from
 * `GET /session`. A reloaded page requests it once, before its first change.
 */
export function sessionAuthentication(ask: Ask, confirm?: Confirm): Authentication {
  let csrfToken: string | undefined

  const readToken = sharedRun(async () => {
    csrfToken = csrfTokenOf(await ask<Session>({ method: 'GET', path: '/api/v1/session' }))
    return csrfToken
  })

  return {
    credentials: 'same-origin',
    confirm,
    async headersFor(method, signal) {
      if (safeMethods.has(method)) return {}
      return { 'x-csrf-token': csrfToken ?? (await abortable(readToken(), signal)) }
    },
    // After a sign-in in another tab, the cookie belongs to another session than the token kept here.
    async renew(status, method, { 'x-csrf-token': sent }) {
      if (status === 401) csrfToken = undefined
      if (status !== 403 || safeMethods.has(method)) return false
      const current = await readToken().catch(() => sent)
      return current !== sent
    },
    rememberCsrfToken(token) {
      csrfToken = token
    },
  }
}
