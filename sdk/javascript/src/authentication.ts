import type { Answer } from './call.ts'
import type { ApiKey, Confirm, Settings } from './options.ts'
import { personAuthentication } from './person-authentication.ts'
import { sessionAuthentication } from './session-authentication.ts'
import { storedToken } from './stored-token.ts'
import { tokenAuthentication } from './token-authentication.ts'

/** A request of the client itself, such as the one for a token. */
export type Ask = <T>(request: {
  method: 'GET' | 'POST'
  path: string
  form?: Record<string, string>
  isPublic?: boolean
}) => Promise<Answer<T>>

/** How requests are authenticated. */
export interface Authentication {
  /** Whether the browser's cookies are sent. */
  credentials: 'omit' | 'same-origin'
  headersFor(method: string, signal: AbortSignal | undefined): Promise<Record<string, string>>
  /**
   * Called once, when a request was refused.
   * @param sent the headers of that request
   * @returns whether other headers may do better
   */
  renew(status: number, method: string, sent: Record<string, string>): Promise<boolean>
  /** Has the person give the password again. @returns whether to repeat the request; absent where nobody can be asked */
  confirm?: Confirm | undefined
  /** Ends what a person allowed; absent where that is not how the client authenticates. */
  signOut?(): Promise<void>
  /** Receives each CSRF token that the server returns, and undefined when a session ends. */
  rememberCsrfToken(token: string | undefined): void
}

export function createAuthentication(settings: Settings, ask: Ask): Authentication {
  const { who, now, tokenStore, baseUrl } = settings
  if (who.kind === 'apiKey') return keyAuthentication(who)
  if (who.kind === 'person') return personAuthentication(who, ask, now)
  if (who.kind === 'session') return sessionAuthentication(ask, who.confirm)
  return tokenAuthentication(who, ask, now, tokenStore && storedToken(tokenStore, who, baseUrl))
}

function keyAuthentication({ apiKey }: ApiKey): Authentication {
  return {
    credentials: 'omit',
    headersFor: async () => ({ 'x-api-key': apiKey }),
    renew: async () => false,
    rememberCsrfToken: () => {},
  }
}
