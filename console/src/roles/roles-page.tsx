import { Anchor } from '@mantine/core'
import type { RoleListQuery, RoleRecord } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { described } from '../i18n/descriptions.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { admin } from '../shell/page.tsx'
import { roles } from './roles.ts'

const columns: readonly Column<RoleRecord>[] = [
  {
    key: 'role',
    label: t('Role'),
    render: (role) => (
      <>
        <RowLink kind={roles} id={role.id} label={roles.titleOf(role)} />{' '}
        <span className="quiet block" dir="auto">
          {described('role', role)}
        </span>
      </>
    ),
  },
  {
    key: 'scopes',
    label: t('Scopes'),
    render: ({ scopes, rules }) => (
      <>
        <span className="mono">{scopes.join(' ')}</span>
        {rules && <RuleList rules={rules} owner={t('the user')} />}
      </>
    ),
  },
  {
    key: 'users',
    label: t('Users'),
    render: ({ name, user_count }) => <Holders name={name} count={user_count} />,
  },
  createdColumn('ascending'),
]

export function RolesPage() {
  return (
    <ListPage
      title={t('Roles')}
      under={admin}
      guide={roles.guide}
      lead={t('What people may do. Four roles are built in; create others where those do not fit.')}
      queryKey={['roles', 'list']}
      fetch={(query: RoleListQuery) => comserv.roles.list(query)}
      columns={columns}
      create={t('New role')}
      empty={{ title: t('No roles') }}
    />
  )
}

/** @param count leads to the users */
export function Holders({ name, count }: { name: string; count: number }) {
  if (count === 0) return <span className="quiet">{t('none')}</span>
  return (
    <Anchor component={Link} to={`/console/users?${new URLSearchParams({ role: name })}`}>
      {count}
    </Anchor>
  )
}
