import { Button, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { AuthorizedApplication } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useScopeWords } from '../applications/scope-words.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { type Fact, Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import './my-applications.css'

const queryKey = ['me', 'applications']

/** The applications that a person allowed to act for them. */
export function MyApplications() {
  const words = useScopeWords()
  const read = useQuery({
    queryKey,
    // A server has few; those of a person are not worth pages.
    queryFn: async () => Array.fromAsync(comserv.me.applications({ limit: 100 })),
  })
  return (
    <Reading query={read} label={t('Loading: {{label}}', { label: t('Applications with access') })}>
      {(applications) =>
        applications.length === 0 ? (
          <Text className="quiet">
            {t('None. A program that you sign in to with this account is listed here.')}
          </Text>
        ) : (
          <ul className="my-applications">
            {applications.map((application) => (
              <li key={application.id}>
                <div className="my-application-name">
                  <b dir="auto">{application.name}</b>
                  <Remove application={application} />
                </div>
                <Facts facts={factsOf(application, words)} />
              </li>
            ))}
          </ul>
        )
      }
    </Reading>
  )
}

function factsOf(
  { scopes, created_at, last_used_at }: AuthorizedApplication,
  words: (scope: string) => string,
): readonly Fact[] {
  return [
    [
      t('It may'),
      <ul key="may" className="allowed">
        {scopes.map((scope) => (
          <li key={scope}>{words(scope)}</li>
        ))}
      </ul>,
    ],
    [t('Allowed since'), <Instant key="since" at={created_at} />],
    [t('Last used'), last_used_at ? <Instant key="used" at={last_used_at} relative /> : t('not signed in')],
  ]
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
