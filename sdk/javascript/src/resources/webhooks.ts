import type { CallOptions, ChangeOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type {
  Delivery,
  DeliveryListQuery,
  DeliveryWithAttempts,
  Recover,
  Recovered,
  SecretRotate,
  Webhook,
  WebhookCreate,
  WebhookListQuery,
  WebhookUpdate,
  WebhookWithSecret,
} from '../types.ts'
import { verifyWebhook } from '../webhook-verification.ts'

export type Webhooks = ReturnType<typeof webhooksOf>

/** Scopes `webhooks:read` and `webhooks:write`. */
export function webhooksOf(http: Http) {
  return {
    /** Whether what arrived is from this server, and what it says; the same as `verifyWebhook`. */
    verify: verifyWebhook,

    list: (query?: WebhookListQuery, options?: CallOptions) =>
      http.list<Webhook>('/api/v1/webhooks', query, options),

    get: (id: number, options?: CallOptions) =>
      http.call<Webhook>({ method: 'GET', path: path`/api/v1/webhooks/${id}`, options }),

    /** The only answer, besides that of `rotateSecret`, that shows the secret. */
    create: (webhook: WebhookCreate, options?: PostOptions) =>
      http.call<WebhookWithSecret>({ method: 'POST', path: '/api/v1/webhooks', json: webhook, options }),

    update: (id: number, change: WebhookUpdate, options?: ChangeOptions) =>
      http.call<Webhook>({ method: 'PATCH', path: path`/api/v1/webhooks/${id}`, json: change, options }),

    delete: (id: number, options?: ChangeOptions) =>
      http.call<void>({ method: 'DELETE', path: path`/api/v1/webhooks/${id}`, options }),

    /** A new secret; the old one signs beside it for `overlap_hours`, 24 unless given. */
    rotateSecret: (id: number, rotation: SecretRotate = {}, options?: PostOptions) =>
      http.call<WebhookWithSecret>({
        method: 'POST',
        path: path`/api/v1/webhooks/${id}/rotate-secret`,
        json: rotation,
        options,
      }),

    /** Sends a signed `ping` now, and answers what became of it. */
    test: (id: number, options?: PostOptions) =>
      http.call<DeliveryWithAttempts>({ method: 'POST', path: path`/api/v1/webhooks/${id}/test`, options }),

    deliveries: (id: number, query?: DeliveryListQuery, options?: CallOptions) =>
      http.list<Delivery>(path`/api/v1/webhooks/${id}/deliveries`, query, options),

    /** Sends again what failed since an instant, a batch a call: call again while `remaining` is above 0. */
    recover: (id: number, since: Recover, options?: PostOptions) =>
      http.call<Recovered>({
        method: 'POST',
        path: path`/api/v1/webhooks/${id}/recover`,
        json: since,
        options,
      }),
  }
}
