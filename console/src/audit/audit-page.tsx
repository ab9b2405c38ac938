import { Anchor } from '@mantine/core'
import type { AuditLogQuery, AuditRecord } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { nameIn } from '../events/event-place.tsx'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { ListPage } from '../record/list-page.tsx'
import { admin } from '../shell/page.tsx'
import { placeOf } from '../shell/places.ts'
import { Chain } from './chain.tsx'
import { Changes } from './changes.tsx'
import { sentenceOf } from './words.ts'

const actors = [
  { value: 'user', label: t('a person') },
  { value: 'credential', label: t('a program') },
  { value: 'operator', label: t('the operator') },
  { value: 'system', label: t('the server itself') },
  { value: 'anonymous', label: t('someone not signed in') },
]

const columns: readonly Column<AuditRecord>[] = [
  {
    key: 'action',
    label: t('Action'),
    render: (record) => (
      <span>
        {sentenceOf(record)} <span className="mono quiet block">{record.action}</span>
      </span>
    ),
  },
  {
    key: 'actor',
    label: t('Who'),
    render: ({ actor }) => (
      <span>
        {actor.type === 'anonymous' ? t('Not signed in') : <bdi>{actor.name}</bdi>}{' '}
        <span className="quiet block">{word(actor.type)}</span>
      </span>
    ),
  },
  {
    key: 'target',
    label: t('What'),
    render: (record) => <Target record={record} />,
  },
  {
    key: 'occurred_at',
    label: t('When'),
    sort: 'occurred_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ occurred_at }) => <RowInstant at={occurred_at} />,
  },
  {
    key: 'ip',
    label: t('From'),
    render: ({ ip }) =>
      ip ? <span className="mono">{ip}</span> : <span className="quiet">{t('this server')}</span>,
  },
  { key: 'changes', label: t('Changes'), render: (record) => <Changes record={record} /> },
]

/** By its title or name, where the change tells it. */
function Target({ record: { target, action, before, after } }: { record: AuditRecord }) {
  const { type, id } = target
  const numbered = id === null ? word(type) : `${word(type)} ${id}`
  const words = nameIn(after) ?? nameIn(before) ?? numbered
  const place = placeOf(type, id)
  if (action === 'user.erase' || action === 'user.request_erasure')
    return (
      <Anchor component={Link} to={`/console/users/${id}/erasure`} title={numbered} dir="auto">
        {words}
      </Anchor>
    )
  if (!place || /\.(delete|purge)$/.test(action)) return <bdi title={numbered}>{words}</bdi>
  return (
    <Anchor component={Link} to={place} title={numbered} dir="auto">
      {words}
    </Anchor>
  )
}

export function AuditPage() {
  const { audit_actions: actions } = useCatalog()
  const targets = [...new Set(actions.map((action) => action.split('.')[0] ?? action))]
  const filters: readonly Filter[] = [
    { kind: 'choice', name: 'actor_type', label: t('Who'), options: actors },
    { kind: 'text', name: 'actor_id', label: t('Their id'), isNumber: true, isMore: true },
    { kind: 'choice', name: 'action', label: t('Action'), options: actions },
    { kind: 'choice', name: 'target_type', label: t('What'), options: targets },
    { kind: 'text', name: 'target_id', label: t('Its id'), isNumber: true, isMore: true },
    { kind: 'instant', name: 'since', label: t('Since') },
    { kind: 'instant', name: 'until', label: t('Until'), isMore: true },
  ]
  return (
    <ListPage
      title={t('Audit log')}
      lead={t('Who changed what, when and from where, and what was refused.')}
      below={<Chain />}
      under={admin}
      guide="audit-log"
      queryKey={['audit']}
      fetch={(query: AuditLogQuery) => comserv.auditLog.list(query)}
      columns={columns}
      filters={filters}
      download={{
        name: 'audit-log',
        rows: t('rows'),
        ask: (filters: AuditLogQuery) => comserv.auditLog.list({ ...filters, limit: 1 }),
      }}
      empty={{ title: t('No changes yet') }}
    />
  )
}
