import { Button, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { AuthorizedApplication } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useScopeWords } from '../applications/scope-words.ts'
import { t } from '../i18n/t.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import './my-applications.css'

const queryKey = ['me', 'applications']

const columns: readonly Column<AuthorizedApplication>[] = [
  { key: 'name', label: t('Name'), render: ({ name }) => <b dir="auto">{name}</b> },
  { key: 'may', label: t('It may'), isLong: true, render: ({ scopes }) => <Allowed scopes={scopes} /> },
  {
    key: 'created_at',
    label: t('Allowed since'),
    isWhole: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
  {
    key: 'last_used_at',
    label: t('Last used'),
    isWhole: true,
    render: ({ last_used_at }) =>
      last_used_at ? (
        <Instant at={last_used_at} relative />
      ) : (
        <span className="quiet">{t('not signed in')}</span>
      ),
  },
  {
    key: 'actions',
    label: t('Actions'),
    isActions: true,
    render: (application) => <Remove application={application} />,
  },
]

/** The applications that a person allowed to act for them. */
export function MyApplications() {
  return (
    <ResourceList
      label={t('Applications with access')}
      queryKey={queryKey}
      fetch={comserv.me.applications}
      columns={columns}
      empty={
        <Text className="quiet">
          {t('None. A program that you sign in to with this account is listed here.')}
        </Text>
      }
    />
  )
}

function Allowed({ scopes }: Pick<AuthorizedApplication, 'scopes'>) {
  const words = useScopeWords()
  return (
    <ul className="allowed">
      {scopes.map((scope) => (
        <li key={scope}>{words(scope)}</li>
      ))}
    </ul>
  )
}

function Remove({ application: { id, name } }: { application: AuthorizedApplication }) {
  const queryClient = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button
        size="xs"
        variant="default"
        onClick={() => setAsked(true)}
        aria-label={t('Remove access of {{name}}', { name })}
      >
        {t('Remove access')}
      </Button>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Remove the access of “{{name}}”?', { name })}
        verb={t('Remove access')}
        act={() => comserv.me.endApplication(id)}
        onDone={() => {
          void queryClient.invalidateQueries({ queryKey })
          notice(t('“{{name}}” has no access any more.', { name }))
        }}
      >
        {t('It is signed out at once. It has to ask you again before it can act for you.')}
      </Confirm>
    </>
  )
}
