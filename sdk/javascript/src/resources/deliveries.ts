import type { CallOptions, PostOptions } from '../call-options.ts'
import { type Http, path } from '../http.ts'
import type { Delivery, DeliveryOutcomes, DeliveryOutcomesQuery, DeliveryWithAttempts } from '../types.ts'

export type Deliveries = ReturnType<typeof deliveriesOf>

/** Scopes `webhooks:read` and `webhooks:write`. The deliveries of one webhook are listed by `webhooks.deliveries`. */
export function deliveriesOf(http: Http) {
  return {
    /** With every attempt. */
    get: (id: number, options?: CallOptions) =>
      http.call<DeliveryWithAttempts>({ method: 'GET', path: path`/api/v1/deliveries/${id}`, options }),

    /** Sends the same event and body again, signed with the current secret. */
    resend: (id: number, options?: PostOptions) =>
      http.call<Delivery>({ method: 'POST', path: path`/api/v1/deliveries/${id}/resend`, options }),

    /** How attempts ended, per hour or day: of one webhook (`webhook_id`), or of all that you may see. */
    outcomes: (query?: DeliveryOutcomesQuery, options?: CallOptions) =>
      http.call<DeliveryOutcomes>({ method: 'GET', path: '/api/v1/delivery-outcomes', query, options }),
  }
}
