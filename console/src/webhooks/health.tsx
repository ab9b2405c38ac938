import type { Webhook } from 'comserv'
import type { ReactNode } from 'react'
import { Instant, isPast } from '../parts/instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'

/** The health of a receiver, in one word. */
export function Health({ webhook }: { webhook: Webhook }) {
  const { word, tone, more } = healthOf(webhook)
  return (
    <span>
      <Status value={word} tone={tone} />
      {more && (
        <>
          {' '}
          <span className="quiet block">{more}</span>
        </>
      )}
    </span>
  )
}

function healthOf({ status, disabled_reason, health }: Webhook): {
  word: string
  tone: Tone
  more?: ReactNode
} {
  if (status === 'disabled') {
    const reason = disabled_reason === 'gone' ? 'the receiver answered 410 Gone' : 'it failed for too long'
    return { word: 'disabled', tone: 'bad', more: reason }
  }
  if (status === 'paused') return { word: 'paused', tone: 'quiet', more: 'events wait until it is resumed' }
  const { state, consecutive_failures: failures, disables_at, last_success_at } = health
  if (state === 'untested') return { word: 'untested', tone: 'quiet', more: 'nothing was sent yet' }
  if (state === 'healthy') {
    return {
      word: 'healthy',
      tone: 'good',
      more: last_success_at && (
        <>
          last success <Instant at={last_success_at} relative />
        </>
      ),
    }
  }
  if (state === 'held') return { word: 'held back', tone: 'warning', more: 'its owner may not sign in' }
  const times = timesInARow(failures)
  return {
    word: 'failing',
    tone: 'bad',
    more: (
      <>
        {isOpen(health) && (
          <>
            held back until <Instant at={health.circuit_open_until} />,{' '}
          </>
        )}
        {times}
        {disables_at && (
          <>
            ; is disabled <Instant at={disables_at} relative />
          </>
        )}
      </>
    ),
  }
}

/** Describes a due delivery that the circuit breaker holds back. */
export function heldBack({ health }: Webhook, dueAt: string): ReactNode | undefined {
  const times = timesInARow(health.consecutive_failures)
  if (isOpen(health)) {
    if (Date.parse(dueAt) > Date.parse(health.circuit_open_until)) return undefined
    return (
      <>
        held back until <Instant at={health.circuit_open_until} />, {times}
      </>
    )
  }
  if (health.circuit === 'closed' || !isPast(dueAt)) return undefined
  return `held back until another delivery succeeds, ${times}`
}

type Resting = Webhook['health'] & { circuit_open_until: string }

function isOpen(health: Webhook['health']): health is Resting {
  return health.circuit_open_until !== null && !isPast(health.circuit_open_until)
}

function timesInARow(failures: number): string {
  return failures === 1 ? 'failed once' : `failed ${failures.toLocaleString()} times in a row`
}
