import { Anchor, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { useFactors } from '../account/factors.ts'
import { CodeField } from '../account/set-up-app.tsx'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import type { Asked } from './asked-password.ts'
import { hasPasskeys } from './has-passkeys.ts'
import { PasskeyButton } from './passkey-button.tsx'
import { useSession } from './use-session.ts'

/** Above any dialog that the request came from, which stays as it is. */
const zIndex = 400
/** Escape closes this dialog and not the one beneath; Mantine's dialogs all listen to the window. */
const ownKeys = { 'data-mantine-stop-propagation': 'true' }

/** Asks for the password, and then lets the request go on. */
export function PasswordDialog({ asked }: { asked: Asked }) {
  return (
    <Modal
      opened
      onClose={() => asked.settle(false)}
      closeOnEscape={false}
      closeOnClickOutside={false}
      withCloseButton={false}
      zIndex={zIndex}
      title={t('Enter your password again')}
    >
      <PasswordForm asked={asked} />
    </Modal>
  )
}

function PasswordForm({ asked: { path, settle } }: { asked: Asked }) {
  const username = useSession()?.user.username ?? ''
  const [isByCode, setByCode] = useState(false)
  const factors = useFactors()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { password: '', code: '' },
    send: ({ password, code }) => comserv.session.confirm(isByCode ? { code } : { password }),
    onDone: () => settle(true),
  })
  const cancelOnEscape = ({ key, nativeEvent }: KeyboardEvent) => {
    if (key === 'Escape' && !nativeEvent.isComposing) settle(false)
  }
  return (
    <Form onSubmit={onSubmit} onKeyDown={cancelOnEscape} {...ownKeys}>
      <Stack>
        <Text>
          {t(
            'To change {{subject}}, enter your password again. You last entered it more than 10 minutes ago.',
            { subject: subjectOf(path) },
          )}
        </Text>
        {/* For password managers. */}
        <input type="text" autoComplete="username" value={username} readOnly hidden />
        {isByCode ? (
          <CodeField
            label={t('Code')}
            description={t('The six digits that your authenticator app shows, or a recovery code.')}
            {...ownKeys}
            {...form.getInputProps('code')}
          />
        ) : (
          <PasswordInput
            label={t('Password')}
            autoComplete="current-password"
            required
            visibilityToggleButtonProps={ownKeys}
            {...ownKeys}
            {...form.getInputProps('password')}
          />
        )}
        {hasPasskeys && factors.data && factors.data.passkeys.length > 0 && (
          <PasskeyButton
            label={t('Use a passkey')}
            send={(passkey) => comserv.session.confirm({ passkey })}
            onDone={() => settle(true)}
            {...ownKeys}
          />
        )}
        <Anchor
          component="button"
          type="button"
          size="sm"
          underline="always"
          onClick={() => setByCode(!isByCode)}
          {...ownKeys}
        >
          {isByCode ? t('Enter the password instead') : t('Use a code of your authenticator app instead')}
        </Anchor>
        <FormEnd
          verb={t('Continue')}
          isPending={isPending}
          problem={problem}
          onCancel={() => settle(false)}
        />
      </Stack>
    </Form>
  )
}

/** What the request changes, by its path. */
function subjectOf(path: string): string {
  const [, plural = ''] = /^\/api\/v1\/([a-z-]+)/.exec(path) ?? []
  const subjects: Record<string, string> = {
    credentials: t('API credentials'),
    'credential-requests': t('API credentials'),
    roles: word('roles'),
    webhooks: word('webhooks'),
    users: path.includes('/sessions') ? t('where a user is signed in') : t('user accounts'),
  }
  return subjects[plural] ?? t('who has access')
}
