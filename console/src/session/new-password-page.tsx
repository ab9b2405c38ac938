import { Paper, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { AuthenticationFailedError } from 'comserv'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'
import { Page } from '../shell/page.tsx'
import { Administrator } from './administrator.tsx'
import { tokenOfLink } from './link-token.ts'
import { usePasswordAdvice } from './password-advice.ts'
import { enter } from './use-session.ts'
import './narrow.css'

/** Opened with a link of the operator. */
export function NewPasswordPage() {
  const [token] = useState(tokenOfLink)
  return (
    <div className="narrow">
      <Page title={t('Set a new password')} lead={t('The link works once.')}>
        <Paper withBorder p="lg">
          {token ? <NewPasswordForm token={token} /> : <Incomplete />}
        </Paper>
        <Text size="sm" c="dimmed">
          {rich('Has it expired? Contact <administrator/> for another one.', {
            administrator: <Administrator />,
          })}
        </Text>
      </Page>
    </div>
  )
}

function Incomplete() {
  return (
    <Text>
      {rich('The link is incomplete: the part after the <b>#</b> is missing. Copy the whole line.', {
        b: <b />,
      })}
    </Text>
  )
}

function NewPasswordForm({ token }: { token: string }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const advice = usePasswordAdvice()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    mode: 'uncontrolled',
    initialValues: { password: '' },
    async send({ password }) {
      try {
        return await comserv.session.resetPassword({ token, password })
      } catch (error) {
        // The password was set, and a second step is missing.
        if (error instanceof AuthenticationFailedError && (await comserv.session.step()).step)
          return undefined
        throw error
      }
    },
    onDone: (session) => {
      if (!session) {
        navigate('/sign-in?step=yes', { replace: true })
        return
      }
      enter(queryClient, session)
      notice(
        t('The password of “{{username}}” was set. All other sessions have ended.', {
          username: session.user.username,
        }),
      )
      navigate('/console', { replace: true })
    },
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <PasswordInput
          label={t('New password')}
          description={advice}
          autoComplete="new-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <FormEnd verb={t('Set password and sign in')} isPending={isPending} problem={problem} />
      </Stack>
    </Form>
  )
}
