import { Button, Menu } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Answer, Webhook, WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { isPast } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { Rotate } from '../parts/rotate.tsx'
import { ChangeButton, ConfirmDelete } from '../record/change.tsx'
import { EndFormer } from '../record/end-former.tsx'
import { useChanged } from '../record/use-record.ts'
import { useMay } from '../session/use-session.ts'
import { HandOver } from '../users/hand-over.tsx'
import { RecoverWebhook } from './recover-webhook.tsx'
import { SendTestEvent } from './send-test-event.tsx'
import { webhooks } from './webhooks.ts'

interface Props {
  read: Answer<Webhook>
  onRotated(webhook: WebhookWithSecret): void
}

export function WebhookActions({ read, onRotated }: Props) {
  const { id, url, status, previous_secret_expires_at } = read.data
  const may = useMay()
  const navigate = useNavigate()
  const { reload } = useChanged(webhooks)
  const [asked, setAsked] = useState<'rotate' | 'end' | 'test' | 'recover' | 'hand over' | 'delete'>()
  const close = () => setAsked(undefined)
  const test = useMutation({
    mutationFn: () => comserv.webhooks.test(id),
    onSuccess: (delivery) => {
      void reload()
      navigate(`/console/developer/deliveries/${delivery.id}`)
    },
    onError: (error) => noticeOfProblem(t('Not done'), error),
  })
  const endsFormer = previous_secret_expires_at !== null && !isPast(previous_secret_expires_at)
  const isOff = status !== 'active'
  const deletion = (
    <ConfirmDelete
      kind={webhooks}
      read={read}
      opened={asked === 'delete'}
      onClose={close}
      title={t('Delete the webhook to {{url}}?', { url })}
    >
      {t(
        'Nothing more is sent to this address, and the log of its deliveries is deleted with it. This cannot be undone. To stop it for a while, pause it instead.',
      )}
    </ConfirmDelete>
  )
  const former = (
    <EndFormer
      kind={webhooks}
      read={read}
      opened={asked === 'end'}
      end={(match) => comserv.webhooks.endPreviousSecret(id, match)}
      onClose={close}
    >
      {t(
        'From the next attempt on, only the new secret signs. A receiver that still verifies with the previous one refuses what is sent.',
      )}
    </EndFormer>
  )
  if (!may('webhooks:write')) {
    return (
      <>
        {endsFormer && (
          <Button variant="default" onClick={() => setAsked('end')}>
            {t('End previous secret')}
          </Button>
        )}
        {former}
        <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('delete')}>
          {t('Delete')}
        </Button>
        {deletion}
      </>
    )
  }
  return (
    <>
      <Button
        leftSection={<Icon name="send" size={16} />}
        loading={test.isPending}
        disabled={status === 'disabled'}
        onClick={() => test.mutate()}
      >
        {t('Send test')}
      </Button>
      <ChangeButton
        kind={webhooks}
        read={read}
        act={(match) =>
          withRecord(comserv.webhooks.update(id, { status: isOff ? 'active' : 'paused' }, match))
        }
      >
        {isOff ? t('Resume') : t('Pause')}
      </ChangeButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">{t('More')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => navigate('edit')}>{t('Change')}</Menu.Item>
          <Menu.Item onClick={() => setAsked('test')}>{t('Send a test event…')}</Menu.Item>
          <Menu.Item onClick={() => setAsked('recover')}>{t('Send past events…')}</Menu.Item>
          <Menu.Item onClick={() => setAsked('rotate')}>{t('Rotate secret')}</Menu.Item>
          {endsFormer && <Menu.Item onClick={() => setAsked('end')}>{t('End previous secret')}</Menu.Item>}
          {may('admin') && <Menu.Item onClick={() => setAsked('hand over')}>{t('Hand over…')}</Menu.Item>}
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            {t('Delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Rotate
        opened={asked === 'rotate'}
        title={t('Rotate the secret')}
        text={
          read.data.ed25519
            ? t(
                'The key pair is replaced, too. The old ones keep signing as well for a while, so that the receiver can switch over.',
              )
            : t('The old secret keeps signing as well for a while, so that the receiver can switch over.')
        }
        label={t('The old secret signs for')}
        rotate={async (overlap_hours) => comserv.webhooks.rotateSecret(id, { overlap_hours })}
        onClose={close}
        onRotated={(rotated) => {
          close()
          void reload()
          onRotated({ ...read.data, ...rotated })
        }}
      />
      {former}
      <SendTestEvent webhook={read.data} opened={asked === 'test'} onClose={close} onSent={reload} />
      <RecoverWebhook webhook={read.data} opened={asked === 'recover'} onClose={close} onRecovered={reload} />
      <HandOver kind={webhooks} read={read} opened={asked === 'hand over'} onClose={close} />
      {deletion}
    </>
  )
}
