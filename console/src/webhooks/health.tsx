import type { Webhook } from 'comserv'
import { Instant } from '../parts/instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'

/** How things stand with a receiver, in the one word that matters now. */
export function Health({ webhook }: { webhook: Webhook }) {
  const { word, tone, more } = healthOf(webhook)
  return (
    <span>
      <Status value={word} tone={tone} />
      {more && <span className="quiet block">{more}</span>}
    </span>
  )
}

function healthOf({ status, disabled_reason, health }: Webhook): {
  word: string
  tone: Tone
  more?: React.ReactNode
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
  const times = failures === 1 ? 'failed once' : `failed ${failures.toLocaleString()} times in a row`
  const word = state === 'held' ? 'held back' : 'failing'
  return {
    word,
    tone: state === 'held' ? 'warning' : 'bad',
    more: disables_at ? (
      <>
        {times}; is disabled <Instant at={disables_at} relative />
      </>
    ) : (
      times
    ),
  }
}
