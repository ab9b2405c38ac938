import { Button } from '@mantine/core'
import type { Credential, CredentialListQuery } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { labelOf } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Filter } from '../list/filter-bar.tsx'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { Status } from '../parts/status.tsx'
import { ListPage } from '../record/list-page.tsx'
import { newRequestPath } from '../requests/requests.ts'
import { useMay } from '../session/use-session.ts'
import { developer } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { credentials } from './credentials.ts'

const columns: readonly Column<Credential>[] = [
  {
    key: 'name',
    label: t('Name'),
    render: ({ id, name }) => <RowLink kind={credentials} id={id} label={name} />,
  },
  {
    key: 'client_id',
    label: t('Client ID'),
    isExtra: true,
    isLong: true,
    render: ({ client_id }) => <span className="mono">{client_id}</span>,
  },
  { key: 'status', label: t('Status'), isWhole: true, render: ({ status }) => <Status value={status} /> },
  {
    key: 'scopes',
    label: t('Scopes'),
    render: ({ scopes, status, withheld_scopes: withheld }) => (
      <>
        <span className="mono">{scopes.join(' ')}</span>
        {status !== 'revoked' && withheld.length > 0 && (
          <>
            {' '}
            <span className="block quiet">
              {t('not now: {{withheld}}', { withheld: withheld.join(' ') })}
            </span>
          </>
        )}
      </>
    ),
  },
  { key: 'tier', label: t('Tier'), isExtra: true, isWhole: true, render: ({ tier }) => tier },
  { key: 'owner', label: t('Owner'), isSpare: true, render: ({ owner_id }) => <UserName id={owner_id} /> },
  {
    key: 'last_used',
    label: t('Last used'),
    isWhole: true,
    render: ({ last_used_at }) =>
      last_used_at ? <RowInstant at={last_used_at} /> : <span className="quiet">{t('never')}</span>,
  },
  {
    key: 'last_used_ip',
    label: t('Used from'),
    isExtra: true,
    isWhole: true,
    render: ({ last_used_ip }) => last_used_ip && <span className="mono">{last_used_ip}</span>,
  },
  {
    key: 'expires',
    label: t('Expires'),
    isWhole: true,
    render: ({ expires_at }) =>
      expires_at ? <RowInstant at={expires_at} /> : <span className="quiet">{t('never')}</span>,
  },
  createdColumn('descending'),
]

const options = (values: readonly string[]) => values.map((value) => ({ value, label: labelOf(value) }))

const filters: readonly Filter[] = [
  { kind: 'search', name: 'q', label: t('Search') },
  {
    kind: 'choice',
    name: 'status',
    label: t('Status'),
    options: options(['active', 'expiring', 'expired', 'revoked']),
  },
  { kind: 'choice', name: 'tier', label: t('Tier'), options: options(['standard', 'premium']), isMore: true },
]

/** Callers who are not administrators see only their own. */
const filtersOfAll: readonly Filter[] = [
  ...filters,
  { kind: 'user', name: 'owner_id', label: t('Owner') },
  { kind: 'text', name: 'parent_id', label: t('Created by key (id)'), isNumber: true, isMore: true },
]

export function CredentialsPage() {
  const may = useMay()
  return (
    <ListPage
      title={t('API Credentials')}
      label={t('API credentials')}
      under={developer}
      guide={credentials.guide}
      queryKey={['credentials', 'list']}
      fetch={(query: CredentialListQuery) => comserv.credentials.list(query)}
      columns={columns}
      filters={may('admin') ? filtersOfAll : filters}
      create={may('credentials:write') && t('Generate New API Key')}
      more={
        !may('admin') && (
          <Button component={Link} to={newRequestPath} variant="default">
            {t('Ask for a key')}
          </Button>
        )
      }
      empty={{
        title: t('No key yet'),
        text: t(
          'A program needs a key to call the API. Generate one for each program, so that you can see what each may do and when it was last used.',
        ),
      }}
    />
  )
}
