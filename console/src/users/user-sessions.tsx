import { Button, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { SessionList } from '../account/session-list.tsx'
import { comserv } from '../api/client.ts'
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
    <Section title={isSelf ? 'Where I am signed in' : 'Where they are signed in'}>
      <Stack gap="sm">
        <SessionList
          label={`Sessions of ${username}`}
          queryKey={queryKey}
          fetch={(query: Parameters<typeof comserv.users.sessions>[1]) => comserv.users.sessions(id, query)}
          end={(session) => comserv.users.endSession(id, session)}
          empty={<Text className="quiet">Nowhere</Text>}
        >
          {(hasAny) => (
            <div>
              <Button variant="default" disabled={!hasAny} onClick={() => setAsked(true)}>
                End all sessions
              </Button>
            </div>
          )}
        </SessionList>
        <Confirm
          opened={isAsked}
          onClose={() => setAsked(false)}
          title={`End all sessions of “${username}”?`}
          verb="End all"
          act={() => comserv.users.endSessions(id)}
          onDone={() => {
            void queryClient.invalidateQueries({ queryKey })
            notice(`All sessions of “${username}” have ended.`)
          }}
        >
          <Text>They are signed out everywhere now, and can sign in again with their password.</Text>
          {isSelf && <Text fw={600}>This is your own account: you will be signed out.</Text>}
        </Confirm>
      </Stack>
    </Section>
  )
}
