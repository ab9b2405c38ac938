import { Alert, Anchor, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { AuthenticationFailedError, type Session, type SignInStep } from 'comserv'
import { useState } from 'react'
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Page } from '../shell/page.tsx'
import { siteName } from '../site.ts'
import { Administrator } from './administrator.tsx'
import { hasPasskeys } from './has-passkeys.ts'
import { isOfServer, LeaveFor } from './leave-for.tsx'
import { PasskeyButton } from './passkey-button.tsx'
import { useSetup } from './password-advice.ts'
import { SecondStep } from './second-step.tsx'
import { enter, useSession } from './use-session.ts'
import './narrow.css'

export function SignInPage() {
  const session = useSession()
  const [params] = useSearchParams()
  const next = ownPath(params.get('next'))
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [step, setStep] = useState<SignInStep>()
  const arrived = useStepOfLink(params.has('step'))
  const waiting = step ?? arrived
  const done = (session: Session) => {
    enter(queryClient, session)
    if (isOfServer(next)) location.replace(next)
    else navigate(next, { replace: true })
  }
  if (session) return isOfServer(next) ? <LeaveFor path={next} /> : <Navigate to={next} replace />
  return (
    <div className="narrow">
      <Page title={t('Sign in')}>
        <Paper withBorder p="lg">
          {waiting?.step ? (
            <SecondStep step={waiting} onDone={done} onCancel={() => setStep(none)} />
          ) : (
            <Stack>
              <SignInForm hasEnded={params.has('ended')} onStep={setStep} onDone={done} />
              {hasPasskeys && (
                <PasskeyButton
                  label={t('Sign in with a passkey')}
                  send={(response) => comserv.session.signInWithPasskey({ response })}
                  onDone={done}
                />
              )}
            </Stack>
          )}
        </Paper>
        {!waiting?.step && (
          <Text size="sm" c="dimmed">
            {rich('<forgot>Forgot password?</forgot> No account yet? Contact <administrator/>.', {
              forgot: <Anchor component={Link} to="/forgot-password" inherit underline="always" />,
              administrator: <Administrator />,
            })}
          </Text>
        )}
      </Page>
    </div>
  )
}

const none: SignInStep = { step: null, methods: [], username: null, expires_at: null }

/** After a link that is as good as the password. */
function useStepOfLink(isExpected: boolean): SignInStep | undefined {
  const { data } = useQuery({
    queryKey: ['sign-in-step'],
    queryFn: async () => comserv.session.step(),
    enabled: isExpected,
    gcTime: 0,
  })
  return data
}

/** @returns the step that is missing @throws the refusal where there is none */
async function signInOrStep(values: { username: string; password: string }): Promise<Session | SignInStep> {
  try {
    return await comserv.session.signIn(values)
  } catch (error) {
    const step = error instanceof AuthenticationFailedError && (await comserv.session.step())
    if (step && step.step !== null) return step
    throw error
  }
}

interface FormProps {
  hasEnded: boolean
  onStep(step: SignInStep): void
  onDone(session: Session): void
}

function SignInForm({ hasEnded, onStep, onDone }: FormProps) {
  const guests = useQuery({ queryKey: ['guest-access'], queryFn: () => comserv.guestRequests.access() })
  const setup = useSetup()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    mode: 'uncontrolled',
    initialValues: { username: '', password: '' },
    send: signInOrStep,
    onDone: (result) => ('csrf_token' in result ? onDone(result) : onStep(result)),
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        {hasEnded && <Alert role="status">{t('Your session has ended. Sign in again to continue.')}</Alert>}
        {setup.data?.needed && (
          <Alert role="status" title={t('{{siteName}} has no administrator yet', { siteName })}>
            {t(
              'Open the setup link that the server printed in its terminal when it started. Each start prints a new one.',
            )}
          </Alert>
        )}
        <TextInput
          label={t('Username or email')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          key={form.key('username')}
          {...form.getInputProps('username')}
        />
        <PasswordInput
          label={t('Password')}
          autoComplete="current-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <FormEnd verb={t('Sign in')} isPending={isPending} problem={problem} />
        {guests.data?.allowed && (
          <Anchor component={Link} to="/key-request" size="sm" underline="always">
            {t('Ask for a key without an account')}
          </Anchor>
        )}
      </Stack>
    </Form>
  )
}

/**
 * Only a page of this site: a crafted address must not redirect elsewhere after the sign-in. What counts
 * is the path after `.` and `..` are gone, because they may leave `//elsewhere.example`.
 */
function ownPath(next: string | null): string {
  const url = next ? URL.parse(next, location.origin) : null
  return url?.origin === location.origin &&
    /^\/($|(console|docs)(\/|$)|oauth\/authorize$|device$)/.test(url.pathname)
    ? url.pathname + url.search + url.hash
    : '/console'
}
