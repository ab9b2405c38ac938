import { Button, Paper } from '@mantine/core'
import type { Answer, CredentialRequest, CredentialWithSecret } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { SecretShown } from '../credentials/secret-shown.tsx'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useChanged } from '../record/use-record.ts'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { Approve, Refuse } from './decide.tsx'
import { RequestFacts } from './request-facts.tsx'
import { keyRequests } from './requests.ts'

export function RequestPage() {
  const [collected, setCollected] = useState<CredentialWithSecret>()
  if (collected) {
    return (
      <Page title={t('Store this key now')} under={keyRequests.trail}>
        <SecretShown credential={collected} onDone={() => setCollected(undefined)} />
      </Page>
    )
  }
  return (
    <RecordPage
      kind={keyRequests}
      refreshMs={10_000}
      actions={(read) => <RequestActions read={read} onCollected={setCollected} />}
    >
      {(request) => (
        <Paper withBorder p="lg">
          <RequestFacts request={request} />
        </Paper>
      )}
    </RecordPage>
  )
}

interface ActionsProps {
  read: Answer<CredentialRequest>
  onCollected(credential: CredentialWithSecret): void
}

function RequestActions({ read, onCollected }: ActionsProps) {
  const request = read.data
  const { id, name, status, credential_id } = request
  const may = useMay()
  const isOwn = request.requester_id === useSignedIn().user.id
  const { reload } = useChanged(keyRequests)
  const [asked, setAsked] = useState<'approve' | 'refuse' | 'collect' | 'withdraw'>()
  const close = () => setAsked(undefined)
  const done = () => {
    close()
    void reload()
  }
  const isOpen = status === 'pending' || status === 'approved'
  const decides = may('admin')
  return (
    <>
      {isOwn && status === 'approved' && (
        <Button onClick={() => setAsked('collect')}>{t('Show the key')}</Button>
      )}
      {decides && (isOpen || status === 'lapsed') && (
        <Button variant={status === 'pending' ? 'filled' : 'default'} onClick={() => setAsked('approve')}>
          {status === 'pending' ? t('Approve') : t('Approve again')}
        </Button>
      )}
      {decides && isOpen && (
        <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('refuse')}>
          {t('Refuse')}
        </Button>
      )}
      {isOwn && isOpen && (
        <Button variant="default" onClick={() => setAsked('withdraw')}>
          {t('Withdraw')}
        </Button>
      )}
      {credential_id !== null && (isOwn || may('credentials:read')) && (
        <Button component={Link} to={`/console/developer/credentials/${credential_id}`} variant="default">
          {t('To the key')}
        </Button>
      )}
      <Approve opened={asked === 'approve'} request={request} onClose={close} onDone={done} />
      <Refuse opened={asked === 'refuse'} request={request} onClose={close} onDone={done} />
      <Confirm
        opened={asked === 'withdraw'}
        onClose={close}
        title={t('Withdraw “{{name}}”?', { name })}
        verb={t('Withdraw')}
        act={async () => comserv.credentialRequests.withdraw(id)}
        onDone={done}
      >
        {t('It can no longer be approved. You can send another request.')}
      </Confirm>
      <Confirm
        opened={asked === 'collect'}
        onClose={close}
        title={t('Show the key “{{name}}”?', { name })}
        verb={t('Show the key')}
        harmless
        act={async () => {
          const made = await comserv.credentialRequests.collect(id)
          void reload()
          onCollected(made)
        }}
      >
        {t('Its secret is shown once. Be ready to store it.')}
      </Confirm>
    </>
  )
}
