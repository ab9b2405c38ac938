import { Anchor, Button, Stack, Text } from '@mantine/core'
import type { Session, SignInStep } from 'comserv'
import { useState } from 'react'
import { NewRecoveryCodes } from '../account/recovery-codes.tsx'
import { CodeField, SetUpApp } from '../account/set-up-app.tsx'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Administrator } from './administrator.tsx'
import { rememberSignIn } from './ended-session.ts'
import { PasskeyButton } from './passkey-button.tsx'

interface Props {
  step: SignInStep
  onDone(session: Session): void
  onCancel(): void
}

/** What a sign-in needs after the password. */
export function SecondStep(props: Props) {
  return props.step.step === 'set_up' ? <SetUp {...props} /> : <Verify {...props} />
}

function Verify({ step, onDone, onCancel }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { code: '' },
    send: (values) => comserv.session.verify(values),
    onDone,
  })
  const has = (method: string) => step.methods.includes(method)
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>{t('Signing in as {{username}}.', { username: step.username ?? '' })}</Text>
        {has('passkey') && (
          <PasskeyButton
            label={t('Use a passkey')}
            send={(response) => comserv.session.signInWithPasskey({ response })}
            onDone={onDone}
          />
        )}
        {has('totp') || has('recovery_code') ? (
          <>
            <CodeField
              label={t('Code')}
              description={
                has('totp')
                  ? t('The six digits that your authenticator app shows, or a recovery code.')
                  : t('One of your recovery codes.')
              }
              data-autofocus
              {...form.getInputProps('code')}
            />
            <FormEnd
              verb={t('Sign in')}
              isPending={isPending}
              problem={problem}
              cancel={t('Back')}
              onCancel={onCancel}
            />
          </>
        ) : (
          <Button variant="default" onClick={onCancel}>
            {t('Back')}
          </Button>
        )}
        <Text size="sm" className="quiet">
          {rich('No phone and no recovery code? Contact <administrator/>.', {
            administrator: <Administrator />,
          })}
        </Text>
      </Stack>
    </Form>
  )
}

function SetUp({ onDone, onCancel }: Props) {
  const [session, setSession] = useState<Session>()
  if (session) return <NewRecoveryCodes onDone={() => onDone(session)} />
  return (
    <Stack>
      <Text>
        {t('Your role needs a second step at the sign-in: a code from an app on your phone. Set it up now.')}
      </Text>
      <SetUpApp
        begin={async () => comserv.session.setUpTotp()}
        activate={async (code) => comserv.session.activateTotp({ code })}
        onDone={(session) => {
          // Signed in from here on, also where the page is left before the codes are stored.
          rememberSignIn()
          setSession(session)
        }}
      />
      <Anchor component="button" type="button" size="sm" underline="always" onClick={onCancel}>
        {t('Back to the sign-in')}
      </Anchor>
    </Stack>
  )
}
