import { Button, Menu } from '@mantine/core'
import type { Answer, Hook, HookWithSecret } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { t } from '../i18n/t.ts'
import { isPast } from '../parts/instant.tsx'
import { Rotate } from '../parts/rotate.tsx'
import { ChangeButton, ConfirmDelete } from '../record/change.tsx'
import { EndFormer } from '../record/end-former.tsx'
import { useChanged } from '../record/use-record.ts'
import { hooks } from './hooks.ts'

interface Props {
  read: Answer<Hook>
  onRotated(hook: HookWithSecret): void
}

export function HookActions({ read, onRotated }: Props) {
  const { id, url, status, previous_secret_expires_at: endsAt } = read.data
  const navigate = useNavigate()
  const { reload } = useChanged(hooks)
  const [asked, setAsked] = useState<'rotate' | 'end' | 'delete'>()
  const close = () => setAsked(undefined)
  const isOff = status === 'paused'
  const endsFormer = endsAt !== null && !isPast(endsAt)
  return (
    <>
      <ChangeButton
        kind={hooks}
        read={read}
        act={(match) => withRecord(comserv.hooks.update(id, { status: isOff ? 'active' : 'paused' }, match))}
      >
        {isOff ? t('Resume') : t('Pause')}
      </ChangeButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default">{t('More')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => navigate('edit')}>{t('Change')}</Menu.Item>
          <Menu.Item onClick={() => setAsked('rotate')}>{t('Rotate secret')}</Menu.Item>
          {endsFormer && <Menu.Item onClick={() => setAsked('end')}>{t('End previous secret')}</Menu.Item>}
          <Menu.Item className="destroys-item" onClick={() => setAsked('delete')}>
            {t('Delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Rotate
        opened={asked === 'rotate'}
        title={t('Rotate the secret')}
        text={t('The old secret keeps signing as well for a while, so that the receiver can switch over.')}
        label={t('The old secret signs for')}
        rotate={async (overlap_hours) => comserv.hooks.rotateSecret(id, { overlap_hours })}
        onClose={close}
        onRotated={(rotated) => {
          close()
          void reload()
          onRotated({ ...read.data, ...rotated })
        }}
      />
      <EndFormer
        kind={hooks}
        read={read}
        opened={asked === 'end'}
        end={(match) => comserv.hooks.endPreviousSecret(id, match)}
        onClose={close}
      >
        {t(
          'From the next call on, only the new secret signs. A receiver that still verifies with the previous one refuses the calls.',
        )}
      </EndFormer>
      <ConfirmDelete
        kind={hooks}
        read={read}
        opened={asked === 'delete'}
        onClose={close}
        title={t('Delete the hook to {{url}}?', { url })}
      >
        {t(
          'It is not called any more: what it refused until now is possible again. This cannot be undone. To stop it for a while, pause it instead.',
        )}
      </ConfirmDelete>
    </>
  )
}
