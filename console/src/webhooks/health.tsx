import type { Webhook } from 'comserv'
import type { ReactNode } from 'react'
import { timesInARow, Waiting } from '../deliveries/waiting.tsx'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
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

function healthOf(webhook: Webhook): {
  word: string
  tone: Tone
  more?: ReactNode
} {
  const { status, disabled_reason, health } = webhook
  if (status === 'disabled') {
    const reason = disabled_reason === 'gone' ? t('the receiver is gone') : t('it failed for too long')
    return { word: 'disabled', tone: 'bad', more: reason }
  }
  if (status === 'paused')
    return { word: 'paused', tone: 'quiet', more: t('events wait until it is resumed') }
  const { state, consecutive_failures: failures, disables_at, last_success_at } = health
  if (state === 'untested') return { word: 'untested', tone: 'quiet', more: t('nothing was sent yet') }
  if (state === 'failing' && failures === 0)
    return { word: t('tests fail'), tone: 'bad', more: t('nothing was delivered since the last test failed') }
  if (state === 'healthy') {
    return {
      word: 'healthy',
      tone: 'good',
      more:
        last_success_at && rich('last success <time/>', { time: <Instant at={last_success_at} relative /> }),
    }
  }
  if (state === 'held') return { word: t('held back'), tone: 'warning', more: t('its owner may not sign in') }
  const isOpen = health.circuit_open_until !== null && !isPast(health.circuit_open_until)
  return {
    word: 'failing',
    tone: 'bad',
    more: (
      <>
        {isOpen ? (
          <Waiting
            wait={{ waiting_for: 'circuit', waiting_until: health.circuit_open_until }}
            webhook={webhook}
          />
        ) : (
          timesInARow(failures)
        )}
        {disables_at && <>{rich('; is disabled <time/>', { time: <Instant at={disables_at} relative /> })}</>}
      </>
    ),
  }
}
