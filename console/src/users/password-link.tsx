import { Button, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { language } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { notice } from '../parts/notice.ts'

/** A link with which the user sets a password: by mail, or to be handed over where the server sends none. */
export function PasswordLinkAction({ id, username }: { id: number; username: string }) {
  const [isAsked, setAsked] = useState(false)
  const [link, setLink] = useState<string>()
  async function make() {
    const made = await comserv.users.createPasswordLink(id, { language: language === 'de' ? 'de' : 'en' })
    if (made.link === null) notice(t('The mail to “{{username}}” is on its way.', { username }))
    else setLink(made.link)
  }
  return (
    <>
      <Button variant="default" onClick={() => setAsked(true)}>
        {t('Password link')}
      </Button>
      <Confirm
        opened={isAsked}
        onClose={() => setAsked(false)}
        title={t('Let “{{username}}” set a password?', { username })}
        verb={t('Make the link')}
        harmless
        act={make}
      >
        <Text>
          {t(
            'A link that works once is mailed to them. Where the server sends no mail, it is shown here to be handed over. It replaces any earlier link; the present password works until it is used.',
          )}
        </Text>
      </Confirm>
      <Modal opened={link !== undefined} onClose={() => setLink(undefined)} title={t('Hand over this link')}>
        <Stack>
          <Text>
            {t('Anyone who has the link gets the account: treat it like a password. It is shown only once.')}
          </Text>
          <code className="mono anywhere">{link}</code>
          <CopyButton text={link ?? ''} what={t('link')} />
        </Stack>
      </Modal>
    </>
  )
}
