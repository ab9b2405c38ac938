import type { Ask, Authentication } from './authentication.ts'
import { ConfigurationError } from './errors.ts'
import type { PersonAccess } from './options.ts'
import { checkedToken } from './received-tokens.ts'
import { clientForm, isVisibleAscii } from './secrets.ts'
import { abortable, sharedRun } from './shared-run.ts'
import type { Token } from './types.ts'

const refreshedEarlyMs = 60_000

/**
 * An application that a person signed in to: access tokens by its refresh token (RFC 6749 §6), which changes at each use.
 * The new one is saved before it is used: until then, and for ten seconds, the server gives the same one again.
 */
export function personAuthentication(person: PersonAccess, ask: Ask, now: () => number): Authentication {
  let { refreshToken } = person
  let kept: { header: string; renewAtMs: number } | undefined

  const fetchToken = sharedRun(() => inTurn(person, refresh))

  async function refresh() {
    const saved = await person.loadRefreshToken?.()
    if (isVisibleAscii(saved)) refreshToken = saved
    if (refreshToken === '') throw new ConfigurationError('Nobody is signed in any more; sign in again.')
    const askedAtMs = now()
    const answer = await ask<Token>({
      method: 'POST',
      path: '/api/v1/oauth/token',
      form: { ...clientForm(person), grant_type: 'refresh_token', refresh_token: refreshToken },
      isPublic: true,
    })
    const { bearer, expiresInSeconds } = checkedToken(answer)
    const next: unknown = answer.data.refresh_token
    if (isVisibleAscii(next) && next !== refreshToken) {
      await person.saveRefreshToken?.(next)
      refreshToken = next
    }
    kept = { header: bearer, renewAtMs: askedAtMs + expiresInSeconds * 1_000 - refreshedEarlyMs }
    return kept
  }

  return {
    credentials: 'omit',
    async headersFor(_method, signal) {
      const token = kept && now() < kept.renewAtMs ? kept : await abortable(fetchToken(), signal)
      return { authorization: token.header }
    },
    async renew(status, _method, { authorization }) {
      if (status !== 401) return false
      // Another caller may have renewed it while this one was waiting for its response.
      if (kept?.header === authorization) kept = undefined
      return true
    },
    rememberCsrfToken: () => {},
    async signOut() {
      const token = (await person.loadRefreshToken?.()) ?? refreshToken
      const form = { ...clientForm(person), token }
      if (token !== '') await ask({ method: 'POST', path: '/api/v1/oauth/revoke', form, isPublic: true })
      refreshToken = ''
      kept = undefined
      await person.saveRefreshToken?.(undefined)
    },
  }
}

interface Locks {
  request<T>(name: string, run: () => Promise<T>): Promise<T>
}

/** Tabs that share what is saved refresh one after the other, or one would use what the other has replaced. */
function inTurn<T>({ clientId, loadRefreshToken }: PersonAccess, run: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {}
  return loadRefreshToken && locks ? locks.request(`comserv.refresh.${clientId}`, run) : run()
}
