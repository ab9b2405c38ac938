import { Button, Group, Paper } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { CredentialWithSecret } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { SecretShown } from '../credentials/secret-shown.tsx'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { Reading } from '../parts/reading.tsx'
import { Page } from '../shell/page.tsx'
import { RequestStatus, StatusSentence } from './request-status.tsx'

/** The request behind a guest's link. */
export function GuestStatus({ token }: { token: string }) {
  const [collected, setCollected] = useState<CredentialWithSecret>()
  const [isAsked, setAsked] = useState(false)
  const read = useQuery({
    queryKey: ['guest-request', token],
    queryFn: () => comserv.guestRequests.read({ token }),
    // The server bounds how often an address may ask.
    refetchInterval: 60_000,
  })
  if (collected) {
    return (
      <Page title={t('Store this key now')}>
        <SecretShown
          credential={collected}
          onDone={() => {
            setCollected(undefined)
            void read.refetch()
          }}
        />
      </Page>
    )
  }
  return (
    <Page title={read.data?.name ?? t('Your request')}>
      <Reading query={read}>
        {(request) => (
          <Paper withBorder p="lg" maw={760}>
            <Facts
              facts={[
                [
                  t('Status'),
                  <>
                    <RequestStatus value={request.status} />{' '}
                    <span className="quiet">
                      <StatusSentence request={request} />
                    </span>
                  </>,
                ],
                request.message && [t('Message'), request.message],
                [t('Scopes'), (request.granted_scopes ?? request.scopes).join(' ')],
                [t('Requested'), <Instant key="at" at={request.created_at} />],
              ]}
            />
            {request.status === 'approved' && (
              <Group mt="md">
                <Button onClick={() => setAsked(true)}>{t('Show the key')}</Button>
              </Group>
            )}
            <Confirm
              opened={isAsked}
              onClose={() => setAsked(false)}
              title={t('Show the key?')}
              verb={t('Show the key')}
              harmless
              act={async () => setCollected(await comserv.guestRequests.collect({ token }))}
            >
              {t('Its secret is shown once. Be ready to store it.')}
            </Confirm>
          </Paper>
        )}
      </Reading>
    </Page>
  )
}
