import { Button, Group, Modal } from '@mantine/core'
import type { Credential, User } from 'comserv'
import { useState } from 'react'
import { t } from '../i18n/t.ts'
import { Section } from '../parts/section.tsx'
import { useMay } from '../session/use-session.ts'
import { WhatMayIt } from './what-may-it.tsx'
import { WhoMaySee } from './who-may-see.tsx'

interface Props {
  user?: User
  credential?: Credential
  documentId?: number
}

/**
 * For administrators: who may see a document or a user, and what a user or a key may do. Who may see a key depends on
 * its owner, too, which the explanation does not know.
 */
export function Access({ user, credential, documentId }: Props) {
  const may = useMay()
  const [asked, setAsked] = useState<'who' | 'what'>()
  if (!may('admin')) return null
  const close = () => setAsked(undefined)
  const subject = user ? { user_id: user.id } : credential && { credential_id: credential.id }
  return (
    <Section title={t('Access')}>
      <Group>
        {!credential && (
          <Button variant="default" onClick={() => setAsked('who')}>
            {t('Who may see this?')}
          </Button>
        )}
        {subject && (
          <Button variant="default" onClick={() => setAsked('what')}>
            {user ? t('What may they do?') : t('What may it do?')}
          </Button>
        )}
      </Group>
      <Modal opened={asked === 'who'} onClose={close} title={t('Who may see this?')} size="lg">
        <WhoMaySee action={user ? 'users:read' : 'documents:read'} documentId={documentId} />
      </Modal>
      <Modal
        opened={asked === 'what'}
        onClose={close}
        title={t('What may “{{name}}” do?', { name: user?.username ?? credential?.name })}
        size="lg"
      >
        {subject && <WhatMayIt subject={subject} />}
      </Modal>
    </Section>
  )
}
