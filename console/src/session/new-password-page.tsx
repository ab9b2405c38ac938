import { Paper, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
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
      <Page title="Set a new password" lead="The link works once and expires after an hour.">
        <Paper withBorder p="lg">
          {token ? <NewPasswordForm token={token} /> : <Incomplete />}
        </Paper>
        <Text size="sm" c="dimmed">
          Has it expired? Contact <Administrator /> for another one.
        </Text>
      </Page>
    </div>
  )
}

function Incomplete() {
  return (
    <Text>
      The link is incomplete: the part after the <b>#</b> is missing. Copy the whole line.
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
    send: ({ password }) => comserv.session.resetPassword({ token, password }),
    onDone: (session) => {
      enter(queryClient, session)
      notice(`The password of “${session.user.username}” was set. All other sessions have ended.`)
      navigate('/console', { replace: true })
    },
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <PasswordInput
          label="New password"
          description={advice}
          autoComplete="new-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <FormEnd verb="Set password and sign in" isPending={isPending} problem={problem} />
      </Stack>
    </Form>
  )
}
