import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Passkey, SecondFactors } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'
import { Reading } from '../parts/reading.tsx'
import { hasPasskeys } from '../session/has-passkeys.ts'
import { makePasskey } from '../session/passkey.ts'
import { factorsKey, useFactors } from './factors.ts'
import { NewRecoveryCodes } from './recovery-codes.tsx'
import { browserOf } from './session-list.tsx'
import './passkeys.css'

/** The passkeys of the person. */
export function Passkeys() {
  const read = useFactors()
  return <Reading query={read}>{(factors) => <Own factors={factors} />}</Reading>
}

type Question = { kind: 'add' } | { kind: 'codes' } | { kind: 'rename' | 'remove'; passkey: Passkey }

function Own({ factors: { passkeys, totp, recovery_codes_left, required } }: { factors: SecondFactors }) {
  const queryClient = useQueryClient()
  const [asked, setAsked] = useState<Question>()
  const close = () => {
    setAsked(undefined)
    void queryClient.invalidateQueries({ queryKey: factorsKey })
  }
  const isLast = passkeys.length === 1 && !totp
  return (
    <Stack>
      <Text>
        {t(
          'A passkey signs you in by your fingerprint, your face or the PIN of a device, without password and code. No other site can ask for it.',
        )}
      </Text>
      {passkeys.length > 0 && (
        <ul className="passkeys" aria-label={t('Passkeys')}>
          {passkeys.map((passkey) => (
            <li key={passkey.id}>
              <div>
                <b>{passkey.name}</b>
                <Text size="sm" className="quiet">
                  <Times passkey={passkey} />
                </Text>
              </div>
              <Group gap="xs">
                <Button size="xs" variant="default" onClick={() => setAsked({ kind: 'rename', passkey })}>
                  {t('Rename')}
                </Button>
                <Button
                  size="xs"
                  variant="outline"
                  color="red"
                  className="destroys"
                  disabled={isLast && required}
                  onClick={() => setAsked({ kind: 'remove', passkey })}
                >
                  {t('Remove')}
                </Button>
              </Group>
            </li>
          ))}
        </ul>
      )}
      {isLast && required && (
        <Text className="quiet">
          {t('Your role needs a second step, so that the last passkey stays until there is another way.')}
        </Text>
      )}
      {hasPasskeys ? (
        <div>
          <Button variant="default" onClick={() => setAsked({ kind: 'add' })}>
            {t('Add a passkey')}
          </Button>
        </div>
      ) : (
        <Text className="quiet">
          {t(
            'Browsers have passkeys only under an address with https and a name, and this page is open under another one.',
          )}
        </Text>
      )}
      <Modal opened={asked?.kind === 'add'} onClose={close} title={t('Add a passkey')}>
        <NewPasskey
          onDone={() => (recovery_codes_left === 0 ? setAsked({ kind: 'codes' }) : close())}
          onCancel={close}
        />
      </Modal>
      <Modal
        opened={asked?.kind === 'codes'}
        onClose={close}
        closeOnEscape={false}
        closeOnClickOutside={false}
        withCloseButton={false}
        title={t('Your recovery codes')}
      >
        <NewRecoveryCodes onDone={close} />
      </Modal>
      <Modal opened={asked?.kind === 'rename'} onClose={close} title={t('Rename the passkey')}>
        {asked?.kind === 'rename' && <Renamed passkey={asked.passkey} onDone={close} />}
      </Modal>
      {asked?.kind === 'remove' && (
        <Confirm
          opened
          onClose={() => setAsked(undefined)}
          title={t('Remove the passkey “{{name}}”?', { name: asked.passkey.name })}
          verb={t('Remove')}
          act={async () => comserv.me.removePasskey(asked.passkey.id)}
          onDone={() => {
            close()
            notice(t('The passkey “{{name}}” no longer signs you in.', { name: asked.passkey.name }))
          }}
        >
          {isLast
            ? t(
                'Your password alone signs you in then, and the recovery codes stop working. Delete the passkey on your device as well.',
              )
            : t('It no longer signs you in. Delete it on your device as well.')}
        </Confirm>
      )}
    </Stack>
  )
}

function Times({ passkey: { created_at, last_used_at } }: { passkey: Passkey }) {
  const added = <Instant at={created_at} />
  return last_used_at === null
    ? rich('Added <added/>, never used.', { added })
    : rich('Added <added/>, last used <used/>.', { added, used: <Instant at={last_used_at} relative /> })
}

function NewPasskey({ onDone, onCancel }: { onDone(): void; onCancel(): void }) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { name: browserOf(navigator.userAgent) },
    send: async ({ name }) => comserv.me.addPasskey({ name, response: await makePasskey() }),
    onDone,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>
          {t(
            'Your browser asks next where to keep it: on this device, in a password manager, on a phone or on a security key. From then on a sign-in with your password also needs a passkey, a code of your app or a recovery code.',
          )}
        </Text>
        <TextInput
          label={t('Name')}
          description={t('To tell your passkeys apart.')}
          required
          maxLength={100}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <FormEnd verb={t('Continue')} isPending={isPending} problem={problem} onCancel={onCancel} />
      </Stack>
    </Form>
  )
}

function Renamed({ passkey: { id, name }, onDone }: { passkey: Passkey; onDone(): void }) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { name },
    send: (values) => comserv.me.renamePasskey(id, values),
    onDone,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <TextInput
          label={t('Name')}
          required
          maxLength={100}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <FormEnd verb={t('Rename')} isPending={isPending} problem={problem} onCancel={onDone} />
      </Stack>
    </Form>
  )
}
