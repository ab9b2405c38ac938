import type { CredentialRequest } from 'comserv'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Instant } from '../parts/instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'

const tones: Record<string, Tone> = {
  pending: 'busy',
  approved: 'good',
  collected: 'good',
  refused: 'bad',
  lapsed: 'warning',
  withdrawn: 'quiet',
}

export function RequestStatus({ value }: { value: string }) {
  return <Status value={value} tone={tones[value] ?? 'quiet'} />
}

/** What the status means to the requester. */
export function StatusSentence({ request }: { request: CredentialRequest }) {
  const { status, collect_until } = request
  switch (status) {
    case 'pending':
      return <>{t('An administrator has not decided yet.')}</>
    case 'approved':
      return (
        <>
          {rich('Approved. Collect the key until <time/>.', { time: <Instant at={collect_until ?? ''} /> })}
        </>
      )
    case 'collected':
      return <>{t('The key was collected. Its secret cannot be shown again.')}</>
    case 'refused':
      return <>{t('An administrator refused the request.')}</>
    case 'lapsed':
      return <>{t('The key was not collected in time. An administrator can approve the request again.')}</>
    default:
      return <>{t('The request was withdrawn.')}</>
  }
}
