import { Anchor } from '@mantine/core'
import type { Hook, HookCallListQuery, ListedHookCall } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Empty } from '../parts/empty.tsx'
import { Status } from '../parts/status.tsx'
import { placeOf } from '../shell/places.ts'
import { UserName } from '../users/user-name.tsx'
import { callError, callOutcomes, callPath } from './hooks.ts'

const columns: readonly Column<ListedHookCall>[] = [
  {
    key: 'action',
    label: t('Action'),
    render: ({ id, action, test }) => (
      <>
        <Anchor component={Link} to={callPath(id)} className="mono">
          {action}
        </Anchor>
        {test && (
          <>
            {' '}
            <span className="quiet block">{t('test')}</span>
          </>
        )}
      </>
    ),
  },
  { key: 'target', label: t('About'), render: (call) => <CallTarget call={call} /> },
  { key: 'outcome', label: t('Outcome'), isLong: true, render: (call) => <CallOutcome call={call} /> },
  { key: 'actor', label: t('Who'), isSpare: true, render: (call) => <CallActor call={call} /> },
  {
    key: 'duration',
    label: t('Duration'),
    isWhole: true,
    isSpare: true,
    render: ({ duration_ms }) => t('{{duration_ms}} ms', { duration_ms: number(duration_ms) }),
  },
  {
    key: 'created_at',
    label: t('When'),
    sort: 'created_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ created_at }) => <RowInstant at={created_at} />,
  },
]

const filters: readonly Filter[] = [
  { kind: 'choice', name: 'outcome', label: t('Outcome'), options: [...callOutcomes] },
]

/** How a call ended, and why it failed. */
export function CallOutcome({
  call: { outcome, error },
}: {
  call: Pick<ListedHookCall, 'outcome' | 'error'>
}) {
  const known = callOutcomes.find(({ value }) => value === outcome)
  return (
    <>
      <Status value={outcome} {...(known ? { label: known.label, tone: known.tone } : {})} />
      {error && (
        <>
          {' '}
          <span className="quiet block">{callError(error)}</span>
        </>
      )}
    </>
  )
}

/** The user or document that was to be changed. */
export function CallTarget({ call: { action, target_id } }: { call: ListedHookCall }) {
  const type = action.split('.')[0] ?? ''
  const place = placeOf(type, target_id)
  if (!place) return <span className="quiet">{t('something new')}</span>
  return (
    <Anchor component={Link} to={place}>
      {word(type)} {target_id}
    </Anchor>
  )
}

/** Who made the request. */
export function CallActor({ call: { actor } }: { call: ListedHookCall }) {
  if (actor.type === 'user' && actor.id !== null) return <UserName id={actor.id} />
  const place = placeOf(actor.type, actor.id)
  const name = actor.id === null ? word(actor.type) : `${word(actor.type)} ${actor.id}`
  return place ? (
    <Anchor component={Link} to={place}>
      {name}
    </Anchor>
  ) : (
    name
  )
}

export function CallList({ hook: { id } }: { hook: Hook }) {
  return (
    <ResourceList
      label={t('Calls')}
      queryKey={['hooks', 'calls', id]}
      fetch={(query: HookCallListQuery) => comserv.hookCalls.list({ ...query, hook_id: id })}
      columns={columns}
      filters={filters}
      refreshMs={5_000}
      empty={<Empty title={t('It was not called yet')}>{t('“Call it” tries it now.')}</Empty>}
    />
  )
}
