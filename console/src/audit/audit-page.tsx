import { Anchor } from '@mantine/core'
import type { AuditRecord } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { admin, Page } from '../shell/page.tsx'
import { Changes } from './changes.tsx'

const filters: readonly Filter[] = [
  {
    kind: 'choice',
    name: 'actor_type',
    label: 'Who',
    options: [
      { value: 'user', label: 'a person' },
      { value: 'credential', label: 'a program' },
      { value: 'operator', label: 'the operator' },
      { value: 'system', label: 'the server itself' },
    ],
  },
  {
    kind: 'choice',
    name: 'action',
    label: 'Action',
    options: [
      ...['create', 'update', 'delete', 'restore', 'purge', 'password'].map((verb) => `user.${verb}`),
      ...['create', 'update', 'delete', 'restore', 'purge'].map((verb) => `document.${verb}`),
      ...['create', 'delete'].map((verb) => `session.${verb}`),
      ...['create', 'update', 'rotate', 'revoke'].map((verb) => `credential.${verb}`),
      ...['create', 'update', 'delete', 'rotate_secret', 'test', 'recover', 'disable'].map(
        (verb) => `webhook.${verb}`,
      ),
      'delivery.resend',
      'signing_key.rotate',
    ],
  },
  {
    kind: 'choice',
    name: 'target_type',
    label: 'What',
    options: ['user', 'document', 'session', 'credential', 'webhook', 'delivery', 'signing_key'],
  },
  { kind: 'text', name: 'target_id', label: 'Its id', isNumber: true },
  { kind: 'instant', name: 'since', label: 'Since' },
  { kind: 'instant', name: 'until', label: 'Until' },
]

const columns: readonly Column<AuditRecord>[] = [
  { label: 'Action', render: ({ action }) => <span className="mono">{action}</span> },
  {
    label: 'Who',
    render: ({ actor }) => (
      <span>
        {actor.name}
        <span className="quiet block">{actor.type}</span>
      </span>
    ),
  },
  { label: 'What', render: ({ target, action }) => <Target target={target} action={action} /> },
  {
    label: 'When',
    sort: 'occurred_at',
    sortsByDefault: 'descending',
    nowrap: true,
    render: ({ occurred_at }) => <Instant at={occurred_at} seconds />,
  },
  {
    label: 'From',
    render: ({ ip }) => (ip ? <span className="mono">{ip}</span> : <span className="quiet">here</span>),
  },
  { label: 'Changes', render: (record) => <Changes record={record} /> },
]

const paths: Partial<Record<AuditRecord['target']['type'], string>> = {
  user: '/console/users',
  document: '/console/documents',
  credential: '/console/developer/credentials',
  webhook: '/console/developer/webhooks',
  delivery: '/console/developer/deliveries',
}

function Target({ target: { type, id }, action }: Pick<AuditRecord, 'target' | 'action'>) {
  const path = paths[type]
  const isGone = /\.(delete|purge)$/.test(action)
  if (!path || id === null || isGone) return <>{id === null ? type : `${type} ${id}`}</>
  return (
    <Anchor component={Link} to={`${path}/${id}`}>
      {type} {id}
    </Anchor>
  )
}

export function AuditPage() {
  return (
    <Page
      title="Audit log"
      under={admin}
      guide="events#the-audit-log"
      lead="Who changed what, when and from where."
    >
      <ResourceList
        label="Audit log"
        queryKey={['audit']}
        fetch={comserv.auditLog.list}
        columns={columns}
        filters={filters}
        empty={<Empty title="Nothing was changed yet" />}
      />
    </Page>
  )
}
