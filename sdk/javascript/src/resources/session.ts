import type { CallOptions } from '../call-options.ts'
import type { Http } from '../http.ts'
import type { Session, Setup, SetupState, SignIn } from '../types.ts'

export type CurrentSession = ReturnType<typeof sessionOf>
export type FirstSetup = ReturnType<typeof setupOf>

/**
 * Signing in and out of a browser's session (`session: true`). Whoever signs in waits for the answer, so nothing is sent
 * again unless `maxRetries` says so: a person prefers to read that there were too many attempts.
 */
export function sessionOf(http: Http) {
  return {
    signIn: (person: SignIn, options?: CallOptions) =>
      http.call<Session>(
        {
          method: 'POST',
          path: '/api/v1/session',
          json: person,
          options: { maxRetries: 0, ...options },
          isPublic: true,
        },
        (session) => http.rememberCsrfToken(session.csrf_token),
      ),

    /** Who is signed in. @throws AuthenticationFailedError when nobody is */
    current: (options?: CallOptions) =>
      http.call<Session>({ method: 'GET', path: '/api/v1/session', options }, (session) =>
        http.rememberCsrfToken(session.csrf_token),
      ),

    signOut: (options?: CallOptions) =>
      http.call<void>({ method: 'DELETE', path: '/api/v1/session', options }, () =>
        http.rememberCsrfToken(undefined),
      ),
  }
}

/** The first administrator, made once with the token of the link that the server prints. */
export function setupOf(http: Http) {
  return {
    get: (options?: CallOptions) =>
      http.call<SetupState>({ method: 'GET', path: '/api/v1/setup', options, isPublic: true }),

    /** Makes the administrator, and signs in. */
    create: (administrator: Setup, options?: CallOptions) =>
      http.call<Session>(
        {
          method: 'POST',
          path: '/api/v1/setup',
          json: administrator,
          options: { maxRetries: 0, ...options },
          isPublic: true,
        },
        (session) => http.rememberCsrfToken(session.csrf_token),
      ),
  }
}
