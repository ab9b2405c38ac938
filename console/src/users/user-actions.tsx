import { Button, Text } from '@mantine/core'
import type { Answer, User } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { ConfirmChange, ConfirmDelete } from '../record/change.tsx'
import { useSignedIn } from '../session/use-session.ts'
import { users } from './users.ts'
import { WhatStops } from './what-stops.tsx'

/** The actions on a user, each with its consequences. */
export function UserActions({ read }: { read: Answer<User> }) {
  const { id, username, status, erasure } = read.data
  const isSelf = useSignedIn().user.id === id
  const [asked, setAsked] = useState<'suspend' | 'activate' | 'delete'>()
  const about = (question: typeof asked) => ({
    kind: users,
    read,
    opened: asked === question,
    onClose: () => setAsked(undefined),
  })
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
        // While an erasure waits, it has to be cancelled first.
        !erasure && (
          <Button variant="default" onClick={() => setAsked('activate')}>
            Activate
          </Button>
        )
      )}
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('delete')}>
        Delete
      </Button>
      <ConfirmChange
        {...about('suspend')}
        title={`Suspend “${username}”?`}
        verb="Suspend"
        act={(match) => withRecord(comserv.users.update(id, { status: 'suspended' }, match))}
      >
        <Text>They are signed out now and cannot sign in, and the keys that they own stop working.</Text>
        <Text>Nothing is lost: Activate restores everything.</Text>
        <WhatStops user={read.data} />
        {isSelf && <Yourself />}
      </ConfirmChange>
      <ConfirmChange
        {...about('activate')}
        title={`Activate “${username}”?`}
        verb="Activate"
        harmless
        act={(match) => withRecord(comserv.users.update(id, { status: 'active' }, match))}
      >
        They can sign in, and the keys that they own work again.
      </ConfirmChange>
      <ConfirmDelete {...about('delete')} title={`Delete “${username}”?`}>
        <Text>They are signed out now, and the keys that they own stop working. Their documents stay.</Text>
        <Text>They can be restored from the trash until the date shown there.</Text>
        <WhatStops user={read.data} />
        {isSelf && <Yourself />}
      </ConfirmDelete>
    </>
  )
}

function Yourself() {
  return <Text fw={600}>This is your own account: you will be signed out.</Text>
}
