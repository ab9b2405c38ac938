import type { Webhook } from 'comserv'
import type { ReactNode } from 'react'
import { failuresInARow, Waiting } from '../deliveries/waiting.tsx'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant, isPast } from '../parts/instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'

/** The health of a receiver, in one word and what it means; in a row, only what is needed there. */
export function Health({ webhook, inRow = false }: { webhook: Webhook; inRow?: boolean }) {
  const { word, tone, more } = healthOf(webhook, inRow)
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

function healthOf(webhook: Webhook, inRow: boolean): { word: string; tone: Tone; more?: ReactNode } {
  const { status, disabled_reason, health } = webhook
  if (status === 'disabled') {
    const reason = disabled_reason === 'gone' ? t('the receiver is gone') : t('it failed for too long')
    return { word: 'disabled', tone: 'bad', more: reason }
  }
  if (status === 'paused')
    return { word: 'paused', tone: 'quiet', more: t('events wait until it is resumed') }
  const { state, consecutive_failures: failures, last_success_at } = health
  if (state === 'untested') return { word: 'untested', tone: 'quiet', more: t('nothing was sent yet') }
  if (state === 'failing' && failures === 0)
    return { word: t('tests fail'), tone: 'bad', more: t('nothing delivered since') }
  if (state === 'healthy') {
    return {
      word: 'healthy',
      tone: 'good',
      more:
        last_success_at && rich('last success <time/>', { time: <Instant at={last_success_at} relative /> }),
    }
  }
  if (state === 'held') return { word: t('held back'), tone: 'warning', more: t('its owner may not sign in') }
  return { word: 'failing', tone: 'bad', more: <Failing webhook={webhook} inRow={inRow} /> }
}

function Failing({ webhook, inRow }: { webhook: Webhook; inRow: boolean }) {
  const { circuit_open_until: until, consecutive_failures: failures, disables_at } = webhook.health
  const isOpen = until !== null && !isPast(until)
  if (inRow)
    return isOpen ? (
      <Waiting wait={{ waiting_for: 'circuit', waiting_until: until }} webhook={webhook} />
    ) : (
      failuresInARow(failures)
    )
  return (
    <>
      {isOpen
        ? rich('Held back until <time/>, after {{count}} failures in a row.', {
            time: <Instant at={until} short />,
            count: failures,
          })
        : `${failuresInARow(failures)}.`}
      {disables_at && (
        <> {rich('Will be disabled <time/>.', { time: <Instant at={disables_at} relative /> })}</>
      )}
    </>
  )
}
