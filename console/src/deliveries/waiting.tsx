import type { Delivery, Webhook } from 'comserv'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant, isPast } from '../parts/instant.tsx'
import { reasonOf } from './reason.ts'

interface Props {
  wait: Pick<Delivery, 'waiting_for' | 'waiting_until'>
  /** Undefined while it is not known. */
  webhook: Pick<Webhook, 'health'> | undefined
}

/** What a delivery, or a webhook as a whole, waits for: the same words in the list, on the delivery and on the webhook. */
export function Waiting({ wait: { waiting_for, waiting_until }, webhook }: Props) {
  const failures = webhook?.health.consecutive_failures ?? 0
  const row = failures > 0 ? `, ${failuresInARow(failures)}` : ''
  const isOver = waiting_until !== null && isPast(waiting_until)
  if (waiting_for === 'circuit' && waiting_until && !isOver) {
    return <>{rich('Held until <time/>{{row}}', { time: <Instant at={waiting_until} short />, row })}</>
  }
  if (waiting_for === 'circuit' || waiting_for === 'probe')
    return t('Held until another delivery succeeds{{row}}', { row })
  if (waiting_for === 'rate_limit') return t('Held by the rate limit of the webhook')
  if (waiting_for === 'sender') return t('Held: no process of the server sends webhooks')
  if (waiting_for === 'retry' && waiting_until && !isOver) return <Instant at={waiting_until} relative />
  if (waiting_for === null || waiting_for === 'retry' || waiting_for === 'turn') return t('due now')
  return t('Held: {{reason}}', { reason: reasonOf({ reason: waiting_for }) })
}

export function failuresInARow(failures: number): string {
  return t('{{count}} failures in a row', { count: failures })
}
