import { Alert, Anchor, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
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
import { isOfServer, LeaveFor } from './leave-for.tsx'
import { useSetup } from './password-advice.ts'
import { enter, useSession } from './use-session.ts'
import './narrow.css'

export function SignInPage() {
  const session = useSession()
  const [params] = useSearchParams()
  const next = ownPath(params.get('next'))
  if (session) return isOfServer(next) ? <LeaveFor path={next} /> : <Navigate to={next} replace />
  return (
    <div className="narrow">
      <Page title={t('Sign in')}>
        <Paper withBorder p="lg">
          <SignInForm next={next} hasEnded={params.has('ended')} />
        </Paper>
        <Text size="sm" c="dimmed">
          {rich('<forgot>Forgot password?</forgot> No account yet? Contact <administrator/>.', {
            forgot: <Anchor component={Link} to="/forgot-password" inherit underline="always" />,
            administrator: <Administrator />,
          })}
        </Text>
      </Page>
    </div>
  )
}

function SignInForm({ next, hasEnded }: { next: string; hasEnded: boolean }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const guests = useQuery({ queryKey: ['guest-access'], queryFn: () => comserv.guestRequests.access() })
  const setup = useSetup()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    mode: 'uncontrolled',
    initialValues: { username: '', password: '' },
    send: (values) => comserv.session.signIn(values),
    onDone: (session) => {
      enter(queryClient, session)
      if (isOfServer(next)) location.replace(next)
      else navigate(next, { replace: true })
    },
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
  return url?.origin === location.origin && /^\/($|(console|docs)(\/|$)|oauth\/authorize$)/.test(url.pathname)
    ? url.pathname + url.search + url.hash
    : '/console'
}
