import { Button } from '@mantine/core'
import type { Answer, Application, ApplicationWithSecret } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { ConfirmDelete } from '../record/change.tsx'
import { useChanged } from '../record/use-record.ts'
import { applications } from './applications.ts'

interface Props {
  read: Answer<Application>
  onRotated(application: ApplicationWithSecret): void
}

export function ApplicationActions({ read, onRotated }: Props) {
  const { id, name, kind } = read.data
  const { reload } = useChanged(applications)
  const [asked, setAsked] = useState<'rotate' | 'delete'>()
  const close = () => setAsked(undefined)
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        {t('Change')}
      </Button>
      {kind === 'server' && (
        <Button variant="default" onClick={() => setAsked('rotate')}>
          {t('Rotate secret')}
        </Button>
      )}
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('delete')}>
        {t('Delete')}
      </Button>
      <Confirm
        opened={asked === 'rotate'}
        onClose={close}
        title={t('Rotate the secret of “{{name}}”', { name })}
        verb={t('Rotate secret')}
        act={async () => {
          const rotated = await comserv.applications.rotateSecret(id)
          void reload()
          onRotated(rotated)
        }}
      >
        {t(
          'The old secret stops working at once: nobody can sign in to the application until it has the new one. People who are signed in stay so.',
        )}
      </Confirm>
      <ConfirmDelete
        kind={applications}
        read={read}
        opened={asked === 'delete'}
        onClose={close}
        title={t('Delete the application “{{name}}”?', { name })}
      >
        {t(
          'Everybody is signed out of it at once, and what they allowed is forgotten. This cannot be undone.',
        )}
      </ConfirmDelete>
    </>
  )
}
