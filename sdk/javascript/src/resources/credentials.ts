import type { CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type {
  Credential,
  CredentialCreate,
  CredentialListQuery,
  CredentialRotate,
  CredentialUpdate,
  CredentialUsage,
  CredentialUsageQuery,
  CredentialWithSecret,
  TotalUsage,
  TotalUsageQuery,
} from '../types.ts'

export type Credentials = ReturnType<typeof credentialsOf>

/** Scopes `credentials:read` and `credentials:write`. */
export function credentialsOf(http: Http) {
  return {
    list: (query?: CredentialListQuery, options?: CallOptions) =>
      http.list<Credential>('/api/v1/credentials', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<Credential>({ method: 'GET', path: path`/api/v1/credentials/${id}`, options }),

    /** The only answer, besides that of `rotate`, that shows the secret. */
    create: (credential: CredentialCreate, options?: PostOptions) =>
      http.call<CredentialWithSecret>({
        method: 'POST',
        path: '/api/v1/credentials',
        json: credential,
        options,
      }),

    update: (id: number, change: CredentialUpdate, options?: ChangeOptions) =>
      http.call<Credential>({
        method: 'PATCH',
        path: path`/api/v1/credentials/${id}`,
        json: change,
        options,
      }),

    /** Revokes it at once, with every token that was issued from it. */
    delete: (id: number, options?: ChangeOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/credentials/${id}`, options }),

    /** A new secret; the old one works beside it for `grace_hours`, 24 unless given. */
    rotate: (id: number, rotation: CredentialRotate = {}, options?: PostOptions) =>
      http.call<CredentialWithSecret>({
        method: 'POST',
        path: path`/api/v1/credentials/${id}/rotate`,
        json: rotation,
        options,
      }),

    /** Requests and errors per hour or day. */
    usage: (id: number, query?: CredentialUsageQuery, options?: CallOptions) =>
      http.call<CredentialUsage>({
        method: 'GET',
        path: path`/api/v1/credentials/${id}/usage`,
        query,
        options,
      }),

    /** The same for all credentials that you may see, together; by the minute, too. */
    totalUsage: (query?: TotalUsageQuery, options?: CallOptions) =>
      http.call<TotalUsage>({ method: 'GET', path: '/api/v1/usage', query, options }),
  }
}
