import { Anchor } from '@mantine/core'
import type { LoggedRequest, RequestListQuery } from 'comserv'
import { Link } from 'react-router'
import { KeyName } from '../credentials/key-name.tsx'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Status, type Tone } from '../parts/status.tsx'
import { UserName } from '../users/user-name.tsx'

export const requestLogPath = '/console/developer/request-log'

/** Its method and route, such as `GET /documents/:id`. */
export function endpointOf({ method, route }: Pick<LoggedRequest, 'method' | 'route'>): string {
  return route === null ? method : `${method} ${route.replace('/api/v1', '')}`
}

export function HttpStatus({ status }: Pick<LoggedRequest, 'status'>) {
  return <Status value={String(status)} tone={toneOf(status)} />
}

function toneOf(status: number): Tone {
  if (status >= 500) return 'bad'
  if (status >= 400) return 'warning'
  return status >= 300 ? 'quiet' : 'good'
}

export function Caller({ request }: { request: LoggedRequest }) {
  const { credential_id, user_id } = request
  if (credential_id === null) return <UserName id={user_id} />
  return <KeyName id={credential_id} />
}

export function durationOf({ duration_ms: ms }: Pick<LoggedRequest, 'duration_ms'>): string {
  return t('{{last_duration_ms}} ms', { last_duration_ms: number(ms < 10 ? ms : Math.round(ms)) })
}

const request: Column<LoggedRequest> = {
  key: 'request',
  label: t('Request'),
  render: (one) => (
    <>
      <Anchor component={Link} to={`${requestLogPath}/${one.id}`} className="mono">
        {endpointOf(one)}
      </Anchor>
      {one.route === null && <span className="quiet block">{t('no such endpoint')}</span>}
      {one.deprecated && <span className="quiet block">{t('deprecated')}</span>}
    </>
  ),
}

const caller: Column<LoggedRequest> = {
  key: 'caller',
  label: t('Who'),
  render: (one) => <Caller request={one} />,
}

const rest: readonly Column<LoggedRequest>[] = [
  { key: 'status', label: t('Status'), isWhole: true, render: (one) => <HttpStatus status={one.status} /> },
  {
    key: 'error',
    label: t('Error'),
    isLong: true,
    render: ({ error }) => (error ? (error.details ?? error.code) : <span className="quiet">–</span>),
  },
  { key: 'duration', label: t('Duration'), isWhole: true, render: durationOf },
  {
    key: 'ip',
    label: t('From'),
    isExtra: true,
    render: ({ ip }) => <span className="mono">{ip ?? '–'}</span>,
  },
  {
    key: 'occurred_at',
    label: t('When'),
    sort: 'occurred_at',
    sortsByDefault: 'descending',
    isWhole: true,
    render: ({ occurred_at }) => <RowInstant at={occurred_at} />,
  },
]

/** @param ofOne whether the list is that of one key, which names nobody else */
export function columnsOf(ofOne: boolean): readonly Column<LoggedRequest>[] {
  return ofOne ? [request, ...rest] : [request, caller, ...rest]
}

const yesOrNo = [
  { value: 'true', label: t('only deprecated') },
  { value: 'false', label: t('all others') },
]

const withConsole = 'all'

/** Query parameters of the address; the API has no `caller=all`. */
export type RequestLogQuery = Omit<RequestListQuery, 'caller'> & {
  caller?: RequestListQuery['caller'] | typeof withConsole
}

/** Without those of the console itself, which asks every few seconds, unless somebody wants them or what only they have. */
export function queryOf({ caller, ...query }: RequestLogQuery): RequestListQuery {
  if (caller === withConsole) return query
  if (caller !== undefined) return { ...query, caller }
  const { session_id, user_id, request_id, deprecated } = query
  const isForAll = [session_id, user_id, request_id, deprecated].some((value) => value !== undefined)
  return isForAll ? query : { ...query, caller: 'program' }
}

const narrowing: readonly Filter[] = [
  {
    kind: 'choice',
    name: 'status_class',
    label: t('Response'),
    options: ['2xx', '3xx', '4xx', '5xx'],
  },
  { kind: 'choice', name: 'method', label: t('Method'), options: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] },
  { kind: 'text', name: 'route', label: t('Endpoint'), isMore: true },
  { kind: 'text', name: 'status', label: t('HTTP status'), isNumber: true, isMore: true },
  { kind: 'text', name: 'request_id', label: t('Request id'), isMore: true },
  { kind: 'choice', name: 'deprecated', label: t('Deprecated endpoints'), options: yesOrNo, isMore: true },
  { kind: 'instant', name: 'since', label: t('Since'), isMore: true },
  { kind: 'instant', name: 'until', label: t('Until'), isMore: true },
]

/** @param of whom the list may tell: of one key, of the person, or of everybody */
export function filtersOf(of: 'one' | 'person' | 'everybody'): readonly Filter[] {
  if (of === 'one') return narrowing
  return [
    ...(of === 'everybody'
      ? ([{ kind: 'user', name: 'user_id', label: t('User'), isMore: true }] as const)
      : []),
    ...narrowing,
    { kind: 'switch', name: 'caller', label: t('Include requests of the console'), value: withConsole },
    { kind: 'text', name: 'credential_id', label: t('Id of the key'), isNumber: true, isMore: true },
    { kind: 'text', name: 'session_id', label: t('Id of the session'), isNumber: true, isMore: true },
    { kind: 'text', name: 'application_id', label: t('Id of the application'), isNumber: true, isMore: true },
  ]
}
