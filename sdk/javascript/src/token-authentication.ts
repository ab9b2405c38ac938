import type { Ask, Authentication } from './authentication.ts'
import type { ClientCredentials } from './options.ts'
import { checkedToken } from './received-tokens.ts'
import { abortable, sharedRun } from './shared-run.ts'
import type { StoredToken } from './stored-token.ts'
import type { Token } from './types.ts'

const refreshedEarlyMs = 60_000

/**
 * OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched once for all waiting calls.
 * @param stored where other processes find the token
 */
export function tokenAuthentication(
  client: ClientCredentials,
  ask: Ask,
  now: () => number,
  stored: StoredToken | undefined,
): Authentication {
  let kept: { header: string; renewAtMs: number } | undefined
  let refused: string | undefined

  const fetchToken = sharedRun(async () => {
    const known = await stored?.read(now())
    // After a 401, only another token than the refused one is of use.
    if (known && `Bearer ${known.token}` !== refused) {
      kept = { header: `Bearer ${known.token}`, renewAtMs: known.renewAtMs }
      return kept
    }
    const askedAtMs = now()
    const answer = await ask<Token>({
      method: 'POST',
      path: '/api/v1/oauth/token',
      form: tokenForm(client),
      isPublic: true,
    })
    const { bearer, expiresInSeconds } = checkedToken(answer)
    const fetched = { header: bearer, renewAtMs: askedAtMs + expiresInSeconds * 1_000 - refreshedEarlyMs }
    kept = fetched
    await stored?.write(bearer.slice('Bearer '.length), fetched.renewAtMs, now())
    return fetched
  })

  return {
    credentials: 'omit',
    async headersFor(_method, signal) {
      const token = kept && now() < kept.renewAtMs ? kept : await abortable(fetchToken(), signal)
      return { authorization: token.header }
    },
    async renew(status, _method, { authorization }) {
      if (status !== 401) return false
      refused = authorization
      // Another caller may have renewed it while this one was waiting for its response.
      if (kept?.header === authorization) kept = undefined
      return true
    },
    rememberCsrfToken: () => {},
  }
}

function tokenForm({ clientId, clientSecret, scope }: ClientCredentials): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    ...(scope === undefined ? {} : { scope }),
  }
}
