import type { Application, ApplicationListQuery } from 'comserv'
import { comserv } from '../api/client.ts'
import { useRoleLabel } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { createdColumn, RowLink } from '../list/columns.tsx'
import type { Column } from '../list/list-table.tsx'
import { ListPage } from '../record/list-page.tsx'
import { developer } from '../shell/page.tsx'
import { applications, kindLabel } from './applications.ts'

const columns: readonly Column<Application>[] = [
  {
    key: 'name',
    label: t('Name'),
    render: ({ id, name }) => <RowLink kind={applications} id={id} label={name} />,
  },
  { key: 'kind', label: t('Kind'), isWhole: true, render: ({ kind }) => kindLabel(kind) },
  {
    key: 'scopes',
    label: t('May ask for'),
    render: ({ scopes }) => <span className="mono">{scopes.join(' ')}</span>,
  },
  { key: 'who', label: t('Who may use it'), render: ({ roles }) => <WhoMayUseIt roles={roles} /> },
  {
    key: 'trusted',
    label: t('Consent'),
    isSpare: true,
    render: ({ trusted }) => (trusted ? t('not asked for') : t('asked for')),
  },
  createdColumn('descending'),
]

export function ApplicationsPage() {
  return (
    <ListPage
      title={t('Applications')}
      lead={t('Programs that people sign in to with their account here, and that then act for them.')}
      under={developer}
      guide={applications.guide}
      queryKey={['applications', 'list']}
      fetch={(query: ApplicationListQuery) => comserv.applications.list(query)}
      columns={columns}
      create={t('New application')}
      empty={{
        title: t('No application yet'),
        text: t(
          'An application is a page, app or website of your own. People sign in to it with their account here, allow what it asks for, and it may then do that for them, and never more than they may do themselves.',
        ),
      }}
    />
  )
}

export function WhoMayUseIt({ roles }: Pick<Application, 'roles'>) {
  const labelOf = useRoleLabel()
  return roles ? roles.map(labelOf).join(', ') : t('everybody with an account')
}
