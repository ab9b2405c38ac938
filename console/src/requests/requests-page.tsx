import type { CredentialRequest, CredentialRequestListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { labelOf } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { useMay } from '../session/use-session.ts'
import { developer } from '../shell/page.tsx'
import { RequestStatus } from './request-status.tsx'
import { Requester } from './requester.tsx'
import { keyRequests } from './requests.ts'

const columns: readonly Column<CredentialRequest>[] = [
  {
    key: 'name',
    label: t('Name'),
    render: ({ id, name, reason }) => (
      <>
        <RowLink kind={keyRequests} id={id} label={name} />{' '}
        <span className="quiet block" dir="auto">
          {reason.length > 80 ? `${reason.slice(0, 79)}…` : reason}
        </span>
      </>
    ),
  },
  {
    key: 'status',
    label: t('Status'),
    isWhole: true,
    render: ({ status }) => <RequestStatus value={status} />,
  },
  {
    key: 'scopes',
    label: t('Scopes'),
    render: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span>,
  },
  { key: 'requester', label: t('Requester'), render: (request) => <Requester request={request} /> },
  createdColumn('descending'),
]

const statuses = ['pending', 'approved', 'refused', 'withdrawn', 'lapsed', 'collected'].map((value) => ({
  value,
  label: labelOf(value),
}))

export function RequestsPage() {
  const decides = useMay()('admin')
  return (
    <ListPage
      title={t('Key requests')}
      under={developer}
      guide={keyRequests.guide}
      lead={
        decides
          ? t('All requests. Approve or refuse those that are pending.')
          : t('Your requests. An administrator decides, and then you collect the key here.')
      }
      queryKey={[keyRequests.plural, 'list']}
      fetch={(query: CredentialRequestListQuery) => comserv.credentialRequests.list(query)}
      columns={columns}
      filters={[{ kind: 'choice', name: 'status', label: t('Status'), options: statuses }]}
      refreshMs={30_000}
      create={t('Ask for a key')}
      empty={{
        title: t('No request yet'),
        text: t(
          'A program needs a key to call the API. Say what it is for and what it must be able to do; an administrator approves it, and you collect the key here.',
        ),
      }}
    />
  )
}
