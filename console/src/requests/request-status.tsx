import type { CredentialRequest } from 'comserv'
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
      return <>An administrator has not decided yet.</>
    case 'approved':
      return (
        <>
          Approved. Collect the key until <Instant at={collect_until ?? ''} />.
        </>
      )
    case 'collected':
      return <>The key was collected. Its secret cannot be shown again.</>
    case 'refused':
      return <>An administrator refused the request.</>
    case 'lapsed':
      return <>The key was not collected in time. An administrator can approve the request again.</>
    default:
      return <>The request was withdrawn.</>
  }
}
