import { Button, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { User } from 'comserv'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Confirm } from '../parts/confirm.tsx'
import { notice, noticeWithUndo } from '../parts/notice.ts'
import { useSignedIn } from '../session/use-session.ts'

/** What can be done with a user, each named with what follows from it. */
export function UserActions({ user }: { user: User }) {
  const { id, username, status } = user
  const isSelf = useSignedIn().user.id === id
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'suspend' | 'activate' | 'delete'>()
  const close = () => setAsked(undefined)
  const changed = () => queryClient.invalidateQueries({ queryKey: ['users'] })
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        Change
      </Button>
      {status === 'active' ? (
        <Button variant="default" onClick={() => setAsked('suspend')}>
          Suspend
        </Button>
      ) : (
        <Button variant="default" onClick={() => setAsked('activate')}>
          Activate
        </Button>
      )}
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('delete')}>
        Delete
      </Button>
      <Confirm
        opened={asked === 'suspend'}
        onClose={close}
        title={`Suspend “${username}”?`}
        verb="Suspend"
        act={() => comserv.users.update(id, { status: 'suspended' })}
        onDone={changed}
      >
        <Text>They are signed out now and cannot sign in, and the keys that they own stop working.</Text>
        <Text>Nothing is lost: Activate gives everything back.</Text>
        {isSelf && <Yourself />}
      </Confirm>
      <Confirm
        opened={asked === 'activate'}
        onClose={close}
        title={`Activate “${username}”?`}
        verb="Activate"
        harmless
        act={() => comserv.users.update(id, { status: 'active' })}
        onDone={changed}
      >
        They can sign in, and the keys that they own work again.
      </Confirm>
      <Confirm
        opened={asked === 'delete'}
        onClose={close}
        title={`Delete “${username}”?`}
        verb="Delete"
        act={() => comserv.users.delete(id)}
        onDone={() => {
          // Not read again on the way out: it is no longer there.
          void queryClient.invalidateQueries({ queryKey: ['users'], refetchType: 'none' })
          navigate('/console/users')
          noticeWithUndo(`“${username}” is in the trash.`, async () => {
            await comserv.users.restore(id)
            await changed()
            notice(`“${username}” is back.`)
          })
        }}
      >
        <Text>They are signed out now, and the keys that they own stop working. Their documents stay.</Text>
        <Text>They can be brought back from the trash, until the day that it names.</Text>
        {isSelf && <Yourself />}
      </Confirm>
    </>
  )
}

function Yourself() {
  return <Text fw={600}>This is your own account: you will be signed out.</Text>
}
