import type { ApiKey, Settings } from './options.ts'
import { sessionAuthentication } from './session-authentication.ts'
import { tokenAuthentication } from './token-authentication.ts'

/** A request of the client's own, to get what other requests need. */
export type Ask = <T>(request: {
  method: 'GET' | 'POST'
  path: string
  form?: Record<string, string>
  isPublic?: boolean
}) => Promise<T>

/** How requests say who calls. */
export interface Authentication {
  /** Whether the browser's cookies go along. */
  credentials: 'omit' | 'same-origin'
  headersFor(method: string, signal: AbortSignal | undefined): Promise<Record<string, string>>
  /**
   * Asked once, when a request was refused.
   * @param sent the headers that it carried
   * @returns whether other headers may do better
   */
  renew(status: number, method: string, sent: Record<string, string>): Promise<boolean>
  /** Told of the CSRF token whenever the server answers one, and of undefined when a session ends. */
  rememberCsrfToken(token: string | undefined): void
}

export function createAuthentication(settings: Settings, ask: Ask): Authentication {
  const { who, now } = settings
  if (who.kind === 'apiKey') return keyAuthentication(who)
  if (who.kind === 'session') return sessionAuthentication(ask)
  return tokenAuthentication(who, ask, now)
}

function keyAuthentication({ apiKey }: ApiKey): Authentication {
  return {
    credentials: 'omit',
    headersFor: async () => ({ 'x-api-key': apiKey }),
    renew: async () => false,
    rememberCsrfToken: () => {},
  }
}
