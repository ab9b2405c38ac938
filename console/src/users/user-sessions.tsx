import { Button, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { SessionList } from '../account/session-list.tsx'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { notice } from '../parts/notice.ts'
import { Section } from '../parts/section.tsx'
import { useSignedIn } from '../session/use-session.ts'

/** Where a user is signed in, for administrators. */
export function UserSessions({ user: { id, username } }: { user: User }) {
  const queryClient = useQueryClient()
  const isSelf = useSignedIn().user.id === id
  const [isAsked, setAsked] = useState(false)
  const queryKey = ['users', id, 'sessions']
  return (
    <Section title={isSelf ? t('Where I am signed in') : t('Where they are signed in')}>
      <Stack gap="sm">
        <SessionList
          label={t('Sessions of {{username}}', { username })}
          queryKey={queryKey}
          fetch={(query: Parameters<typeof comserv.users.sessions>[1]) => comserv.users.sessions(id, query)}
          end={(session) => comserv.users.endSession(id, session)}
          empty={<Text className="quiet">{t('Nowhere')}</Text>}
        >
          {(hasAny) => (
            <div>
              <Button variant="default" disabled={!hasAny} onClick={() => setAsked(true)}>
                {t('End all sessions')}
              </Button>
            </div>
          )}
        </SessionList>
        <Confirm
          opened={isAsked}
          onClose={() => setAsked(false)}
          title={t('End all sessions of “{{username}}”?', { username })}
          verb={t('End all')}
          act={() => comserv.users.endSessions(id)}
          onDone={() => {
            void queryClient.invalidateQueries({ queryKey })
            notice(t('All sessions of “{{username}}” have ended.', { username }))
          }}
        >
          <Text>{t('They are signed out everywhere now, and can sign in again with their password.')}</Text>
          {isSelf && <Text fw={600}>{t('This is your own account: you will be signed out.')}</Text>}
        </Confirm>
      </Stack>
    </Section>
  )
}
