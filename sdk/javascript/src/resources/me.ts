import type { CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type { ListedSession, MeUpdate, PasswordChange, SessionListQuery, User } from '../types.ts'

export type Me = ReturnType<typeof meOf>

/** The person who is signed in. */
export function meOf(http: Http) {
  return {
    get: (options?: CallOptions) => http.call<User>({ method: 'GET', path: '/api/v1/me', options }),

    update: (change: MeUpdate, options?: ChangeOptions) =>
      http.call<User>({ method: 'PATCH', path: '/api/v1/me', json: change, options }),

    changePassword: (change: PasswordChange, options?: PostOptions) =>
      http.call<void>({ method: 'POST', path: '/api/v1/me/password', json: change, options }),

    /** Where I am signed in. */
    sessions: (query?: SessionListQuery, options?: CallOptions) =>
      http.list<ListedSession>('/api/v1/me/sessions', query, options),

    endSession: (id: number, options?: CallOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/me/sessions/${id}`, options }),
  }
}
