import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { SecondFactors as Factors } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { Warning } from '../parts/warning.tsx'
import { factorsKey, useFactors } from './factors.ts'
import { NewRecoveryCodes } from './recovery-codes.tsx'
import { SetUpApp } from './set-up-app.tsx'

const fewCodes = 3

/** The authenticator app and the recovery codes of the person. */
export function SecondFactors() {
  const read = useFactors()
  return <Reading query={read}>{(factors) => <Own factors={factors} />}</Reading>
}

type Question = 'app' | 'codes' | 'remove'

function Own({ factors }: { factors: Factors }) {
  const queryClient = useQueryClient()
  const hasPasskey = factors.passkeys.length > 0
  const [asked, setAsked] = useState<Question>()
  const close = () => {
    setAsked(undefined)
    void queryClient.invalidateQueries({ queryKey: factorsKey })
  }
  return (
    <Stack>
      <State factors={factors} />
      <Group gap="xs">
        <Button variant="default" onClick={() => setAsked('app')}>
          {factors.totp ? t('Set up another phone') : t('Set up an authenticator app')}
        </Button>
        {(factors.totp || hasPasskey) && (
          <Button variant="default" onClick={() => setAsked('codes')}>
            {t('New recovery codes')}
          </Button>
        )}
        {factors.totp && (hasPasskey || !factors.required) && (
          <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('remove')}>
            {t('Turn off')}
          </Button>
        )}
      </Group>
      <Modal
        opened={asked === 'app'}
        onClose={close}
        closeOnClickOutside={false}
        title={t('Set up an authenticator app')}
      >
        <SetUpApp
          begin={async () => comserv.me.setUpTotp()}
          activate={async (code) => comserv.me.activateTotp({ code })}
          onDone={() => setAsked('codes')}
          onCancel={close}
        />
      </Modal>
      <Modal
        opened={asked === 'codes'}
        onClose={close}
        closeOnEscape={false}
        closeOnClickOutside={false}
        withCloseButton={false}
        title={t('Your recovery codes')}
      >
        <NewRecoveryCodes onDone={close} />
      </Modal>
      <Confirm
        opened={asked === 'remove'}
        onClose={() => setAsked(undefined)}
        title={hasPasskey ? t('Turn off the app?') : t('Sign in with the password alone?')}
        verb={t('Turn off')}
        act={async () => comserv.me.removeTotp()}
        onDone={() => {
          close()
          notice(hasPasskey ? t('The app is turned off.') : t('You sign in with your password alone now.'))
        }}
      >
        {hasPasskey
          ? t('Its codes stop working. Your passkeys and recovery codes stay.')
          : t('The app and the recovery codes stop working. You can set them up again at any time.')}
      </Confirm>
    </Stack>
  )
}

function State({ factors: { totp, passkeys, recovery_codes_left: left, required } }: { factors: Factors }) {
  if (!totp && passkeys.length === 0)
    return (
      <Text>
        {t(
          'Whoever learns your password can sign in as you. With an authenticator app, a sign-in also needs a code from your phone.',
        )}
      </Text>
    )
  return (
    <Stack gap="xs">
      <Text>
        {totp
          ? rich('A sign-in also needs a code of your authenticator app, since <date/>.', {
              date: <Instant at={totp.created_at} />,
            })
          : t('A sign-in with your password also needs a passkey or a recovery code.')}
      </Text>
      {left <= fewCodes ? (
        <Warning role="note">
          {t('You have {{count}} recovery codes left. Make new ones, or you may be locked out.', {
            count: left,
          })}
        </Warning>
      ) : (
        <Text className="quiet">{t('{{count}} recovery codes are left.', { count: left })}</Text>
      )}
      {required && <Text className="quiet">{t('Your role needs it.')}</Text>}
    </Stack>
  )
}
