import type { CallOptions } from '../call-options.ts'
import type { Http } from '../http.ts'
import type { Catalog, Health } from '../types.ts'

export type ServerHealth = ReturnType<typeof healthOf>
export type ServerDescription = ReturnType<typeof descriptionOf>

/** Whether the server is well. */
export function healthOf(http: Http) {
  return {
    live: (options?: CallOptions) =>
      http.call<Health>({ method: 'GET', path: '/health/live', options, isPublic: true }),

    /** @throws ServiceUnavailableError while its database cannot be reached, after the retries */
    ready: (options?: CallOptions) =>
      http.call<Health>({ method: 'GET', path: '/health/ready', options, isPublic: true }),
  }
}

/** What the server says of its API. */
export function descriptionOf(http: Http) {
  return {
    /** The OpenAPI document. */
    openApi: (options?: CallOptions) =>
      http.call<Record<string, unknown>>({
        method: 'GET',
        path: '/api/v1/openapi.json',
        options,
        isPublic: true,
      }),

    /** Scopes, roles, event types, tiers and the other lists of this server, with its settings. */
    catalog: (options?: CallOptions) =>
      http.call<Catalog>({ method: 'GET', path: '/api/v1/catalog', options }),
  }
}
