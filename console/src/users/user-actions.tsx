import { Button, Text } from '@mantine/core'
import type { Answer, User } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { t } from '../i18n/t.ts'
import { ConfirmChange, ConfirmDelete } from '../record/change.tsx'
import { useSignedIn } from '../session/use-session.ts'
import { PasswordLinkAction } from './password-link.tsx'
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
        {t('Change')}
      </Button>
      {status === 'active' && !isSelf && <PasswordLinkAction id={id} username={username} />}
      {status === 'active' ? (
        <Button variant="default" onClick={() => setAsked('suspend')}>
          {t('Suspend')}
        </Button>
      ) : (
        // While an erasure waits, it has to be cancelled first.
        !erasure && (
          <Button variant="default" onClick={() => setAsked('activate')}>
            {t('Activate')}
          </Button>
        )
      )}
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('delete')}>
        {t('Delete')}
      </Button>
      <ConfirmChange
        {...about('suspend')}
        title={t('Suspend “{{username}}”?', { username })}
        verb={t('Suspend')}
        act={(match) => withRecord(comserv.users.update(id, { status: 'suspended' }, match))}
      >
        <Text>
          {t('They are signed out now and cannot sign in, and the keys that they own stop working.')}
        </Text>
        <Text>{t('Nothing is lost: Activate restores everything.')}</Text>
        <WhatStops user={read.data} />
        {isSelf && <Yourself />}
      </ConfirmChange>
      <ConfirmChange
        {...about('activate')}
        title={t('Activate “{{username}}”?', { username })}
        verb={t('Activate')}
        harmless
        act={(match) => withRecord(comserv.users.update(id, { status: 'active' }, match))}
      >
        {t('They can sign in, and the keys that they own work again.')}
      </ConfirmChange>
      <ConfirmDelete {...about('delete')} title={t('Delete “{{username}}”?', { username })}>
        <Text>
          {t('They are signed out now, and the keys that they own stop working. Their documents stay.')}
        </Text>
        <Text>{t('They can be restored from the trash until the date shown there.')}</Text>
        <WhatStops user={read.data} />
        {isSelf && <Yourself />}
      </ConfirmDelete>
    </>
  )
}

function Yourself() {
  return <Text fw={600}>{t('This is your own account: you will be signed out.')}</Text>
}
