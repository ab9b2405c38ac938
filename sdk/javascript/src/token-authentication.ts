import type { Ask, Authentication } from './authentication.ts'
import type { ClientCredentials } from './options.ts'
import { checkedToken } from './received-tokens.ts'
import { abortable, sharedRun } from './shared-run.ts'
import type { Token } from './types.ts'

const refreshedEarlyMs = 60_000

/** OAuth 2.0 client credentials (RFC 6749 §4.4): one token for all requests, fetched once for all waiting calls. */
export function tokenAuthentication(client: ClientCredentials, ask: Ask, now: () => number): Authentication {
  let kept: { header: string; renewAtMs: number } | undefined

  const fetchToken = sharedRun(async () => {
    const askedAtMs = now()
    const answer = await ask<Token>({
      method: 'POST',
      path: '/api/v1/oauth/token',
      form: tokenForm(client),
      isPublic: true,
    })
    const { bearer, expiresInSeconds } = checkedToken(answer)
    kept = { header: bearer, renewAtMs: askedAtMs + expiresInSeconds * 1_000 - refreshedEarlyMs }
    return kept
  })

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
