import type { CredentialRequest } from 'comserv'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
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
          t('Status'),
          <>
            <RequestStatus value={status} />{' '}
            <span className="quiet">
              <StatusSentence request={request} />
            </span>
          </>,
        ],
        message && [
          t('Message'),
          <span key="message" style={{ whiteSpace: 'pre-wrap' }}>
            {message}
          </span>,
        ],
        [t('Requester'), <Requester key="requester" request={request} />],
        [
          t('Reason'),
          <span key="reason" style={{ whiteSpace: 'pre-wrap' }}>
            {reason}
          </span>,
        ],
        [t('Requested scopes'), mono(scopes.join(' '))],
        requester_rules && [
          t('Requester limited to'),
          <RuleList key="requester-rules" rules={requester_rules} owner={t('the requester')} />,
        ],
        [t('Needed until'), expires_at ? <Instant at={expires_at} /> : t('no end date')],
        isGranted && [t('Granted scopes'), mono(granted_scopes?.join(' ') ?? '')],
        isGranted && granted_rules && [t('Limited to'), <RuleList key="rules" rules={granted_rules} />],
        isGranted && [t('Expires'), granted_expires_at ? <Instant at={granted_expires_at} /> : t('never')],
        isGranted && [
          t('Allowed from'),
          granted_allowed_ips ? mono(granted_allowed_ips.join(', ')) : t('every address'),
        ],
        isGranted && owner_id !== null && [t('Owner'), <UserName key="owner" id={owner_id} />],
        decided_at && [
          t('Decided'),
          <>
            <Instant at={decided_at} />
            {decided_by !== null && <> {rich('by <user/>', { user: <UserName id={decided_by} /> })}</>}
          </>,
        ],
        [t('Requested'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
