import { Id } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { EventType } from '../events/types.ts'

/** A test of one webhook; not an event type to subscribe to. */
export const ping: EventType = {
  name: 'ping',
  resource: 'webhook',
  description: 'A test of a webhook, sent to it alone; the data names the webhook',
  data: Type.Object({ id: Id }),
  example: { id: 7 },
  reads: null,
  isPersonal: false,
}
