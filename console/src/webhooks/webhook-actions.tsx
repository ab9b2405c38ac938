import { Button, Menu } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { Webhook, WebhookWithSecret } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Icon } from '../parts/icon.tsx'
import { noticeOfProblem } from '../parts/notice.ts'
import { useMay } from '../session/use-session.ts'
import { RecoverWebhook } from './recover-webhook.tsx'
import { RotateSecret } from './rotate-secret.tsx'

interface Props {
  webhook: Webhook
  onChanged(): void
  onRotated(webhook: WebhookWithSecret): void
}

export function WebhookActions({ webhook, onChanged, onRotated }: Props) {
  const { id, url, status } = webhook
  const may = useMay()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'rotate' | 'recover' | 'delete'>()
  const close = () => setAsked(undefined)
  const tell = (error: unknown) => noticeOfProblem('Not done', error)
  const test = useMutation({
    mutationFn: () => comserv.webhooks.test(id),
    onSuccess: (delivery) => {
      onChanged()
      navigate(`/console/developer/deliveries/${delivery.id}`)
    },
    onError: tell,
  })
  const isOff = status !== 'active'
  const turn = useMutation({
    mutationFn: () => comserv.webhooks.update(id, { status: isOff ? 'active' : 'paused' }),
    onSuccess: onChanged,
    onError: tell,
  })
  if (!may('webhooks:write')) return null
  return (
    <>
      <Button
        leftSection={<Icon name="send" size={16} />}
        loading={test.isPending}
        disabled={status === 'disabled'}
        onClick={() => test.mutate()}
      >
        Send test
      </Button>
      <Button variant="default" loading={turn.isPending} onClick={() => turn.mutate()}>
        {isOff ? 'Resume' : 'Pause'}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">More</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => navigate('edit')}>Change</Menu.Item>
          <Menu.Item onClick={() => setAsked('recover')}>Recover since…</Menu.Item>
          <Menu.Item onClick={() => setAsked('rotate')}>Rotate secret</Menu.Item>
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RotateSecret
        webhook={webhook}
        opened={asked === 'rotate'}
        onClose={close}
        onRotated={(rotated) => {
          close()
          onChanged()
          onRotated(rotated)
        }}
      />
      <RecoverWebhook
        webhook={webhook}
        opened={asked === 'recover'}
        onClose={close}
        onRecovered={onChanged}
      />
      <Confirm
        opened={asked === 'delete'}
        onClose={close}
        title={`Delete the webhook to ${url}?`}
        verb="Delete"
        act={() => comserv.webhooks.delete(id)}
        onDone={() => {
          navigate('/console/developer/webhooks')
          onChanged()
        }}
      >
        Nothing more is sent to this address, and the log of its deliveries is deleted with it. This cannot be
        undone. To stop it for a while, pause it instead.
      </Confirm>
    </>
  )
}
