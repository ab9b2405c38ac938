import type { Webhook } from 'comserv'
import { Instant, isPast } from '../parts/instant.tsx'
import { heldBack } from '../webhooks/health.tsx'

/** When a delivery is attempted next; a due delivery is held while its webhook is paused or its circuit is open. */
export function NextAttempt({ at, webhook }: { at: string; webhook: Webhook | undefined }) {
  if (webhook?.status === 'paused') return 'held back until the webhook is resumed'
  if (webhook?.status === 'disabled') return 'held back: the webhook is disabled'
  if (webhook?.health.state === 'held') return 'held back: the owner of the webhook may not sign in'
  const held = webhook && heldBack(webhook, at)
  if (held) return held
  return isPast(at) ? 'due now' : <Instant at={at} relative />
}
