import type { CredentialRequest, CredentialRequestListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
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
    label: 'Name',
    render: ({ id, name, reason }) => (
      <>
        <RowLink kind={keyRequests} id={id} label={name} />{' '}
        <span className="quiet block" dir="auto">
          {reason.length > 80 ? `${reason.slice(0, 79)}…` : reason}
        </span>
      </>
    ),
  },
  { label: 'Status', isWhole: true, render: ({ status }) => <RequestStatus value={status} /> },
  { label: 'Scopes', render: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span> },
  { label: 'Requester', render: (request) => <Requester request={request} /> },
  createdColumn('descending'),
]

const statuses = ['pending', 'approved', 'refused', 'withdrawn', 'lapsed', 'collected'].map((value) => ({
  value,
  label: value.charAt(0).toUpperCase() + value.slice(1),
}))

export function RequestsPage() {
  const decides = useMay()('admin')
  return (
    <ListPage
      title="Key requests"
      under={developer}
      guide={keyRequests.guide}
      lead={
        decides
          ? 'All requests. Approve or refuse those that are pending.'
          : 'Your requests. An administrator decides, and then you collect the key here.'
      }
      queryKey={[keyRequests.plural, 'list']}
      fetch={(query: CredentialRequestListQuery) => comserv.credentialRequests.list(query)}
      columns={columns}
      filters={[{ kind: 'choice', name: 'status', label: 'Status', options: statuses }]}
      refreshMs={30_000}
      create="Ask for a key"
      empty={{
        title: 'No request yet',
        text: 'A program needs a key to call the API. Say what it is for and what it must be able to do; an administrator approves it, and you collect the key here.',
      }}
    />
  )
}
