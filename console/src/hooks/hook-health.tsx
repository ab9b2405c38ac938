import type { Hook } from 'comserv'
import type { ReactNode } from 'react'
import { failuresInARow } from '../deliveries/waiting.tsx'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant, isPast } from '../parts/instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'

/** Whether a hook works, in one word and what it means; in a row, only the latter of a failure. */
export function HookHealth({ hook, inRow = false }: { hook: Hook; inRow?: boolean }) {
  const { word, tone, more } = healthOf(hook)
  return (
    <span>
      <Status value={word} tone={tone} />
      {more && (!inRow || tone === 'bad') && (
        <>
          {' '}
          <span className="quiet block">{more}</span>
        </>
      )}
    </span>
  )
}

function healthOf({ status, health }: Hook): { word: string; tone: Tone; more?: ReactNode } {
  if (status === 'paused') return { word: 'paused', tone: 'quiet', more: t('changes are made without it') }
  const { state, consecutive_failures, last_success_at, circuit_open_until: until } = health
  if (state === 'untested') return { word: 'untested', tone: 'quiet', more: t('it was not called yet') }
  if (state === 'failing') {
    const isOpen = until !== null && !isPast(until)
    const more = isOpen
      ? rich('not called until <time/>', { time: <Instant at={until} short /> })
      : failuresInARow(consecutive_failures)
    return { word: 'failing', tone: 'bad', more }
  }
  return {
    word: 'healthy',
    tone: 'good',
    more:
      last_success_at && rich('last success <time/>', { time: <Instant at={last_success_at} relative /> }),
  }
}
