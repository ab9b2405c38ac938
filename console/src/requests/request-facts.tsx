import type { CredentialRequest } from 'comserv'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { UserName } from '../users/user-name.tsx'
import { RequestStatus, StatusSentence } from './request-status.tsx'
import { Requester } from './requester.tsx'

export function RequestFacts({ request }: { request: CredentialRequest }) {
  const { requester_rules, status, scopes, reason, expires_at, message, decided_at, decided_by, created_at } =
    request
  const { granted_scopes, granted_expires_at, granted_allowed_ips, granted_rules, owner_id } = request
  const mono = (text: string) => <span className="mono">{text}</span>
  const isGranted = status === 'approved' || status === 'collected'
  return (
    <Facts
      facts={[
        [
          'Status',
          <>
            <RequestStatus value={status} />{' '}
            <span className="quiet">
              <StatusSentence request={request} />
            </span>
          </>,
        ],
        message && [
          'Message',
          <span key="message" style={{ whiteSpace: 'pre-wrap' }}>
            {message}
          </span>,
        ],
        ['Requester', <Requester key="requester" request={request} />],
        [
          'Reason',
          <span key="reason" style={{ whiteSpace: 'pre-wrap' }}>
            {reason}
          </span>,
        ],
        ['Requested scopes', mono(scopes.join(' '))],
        requester_rules && [
          'Requester limited to',
          <RuleList key="requester-rules" rules={requester_rules} owner="the requester" />,
        ],
        ['Needed until', expires_at ? <Instant at={expires_at} /> : 'no end date'],
        isGranted && ['Granted scopes', mono(granted_scopes?.join(' ') ?? '')],
        isGranted && granted_rules && ['Limited to', <RuleList key="rules" rules={granted_rules} />],
        isGranted && ['Expires', granted_expires_at ? <Instant at={granted_expires_at} /> : 'never'],
        isGranted && [
          'Allowed from',
          granted_allowed_ips ? mono(granted_allowed_ips.join(', ')) : 'every address',
        ],
        isGranted && owner_id !== null && ['Owner', <UserName key="owner" id={owner_id} />],
        decided_at && [
          'Decided',
          <>
            <Instant at={decided_at} />
            {decided_by !== null && (
              <>
                {' '}
                by <UserName id={decided_by} />
              </>
            )}
          </>,
        ],
        ['Requested', <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
