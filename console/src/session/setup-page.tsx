import { Button, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Empty } from '../parts/empty.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Page } from '../shell/page.tsx'
import { siteName } from '../site.ts'
import { Administrator } from './administrator.tsx'
import { tokenOfLink } from './link-token.ts'
import { usePasswordAdvice, useSetup } from './password-advice.ts'
import { enter } from './use-session.ts'
import './narrow.css'

/** The first run. */
export function SetupPage() {
  const [token] = useState(tokenOfLink)
  const state = useSetup()
  return (
    <div className="narrow">
      <Page
        title={t('Set up {{siteName}}', { siteName })}
        lead={t('Create the first administrator. You do this only once.')}
      >
        {state.error && <ProblemAlert error={state.error} retry={() => void state.refetch()} />}
        {state.data && (
          <Paper withBorder p="lg">
            {state.data.needed ? <SetupForm token={token} /> : <Done />}
          </Paper>
        )}
      </Page>
    </div>
  )
}

function Done() {
  return (
    <Empty
      title={t('Setup is complete')}
      action={
        <Button component={Link} to="/sign-in">
          {t('Sign in')}
        </Button>
      }
    >
      {rich('An administrator already exists. Sign in, or contact <administrator/> for an account.', {
        administrator: <Administrator />,
      })}
    </Empty>
  )
}

function SetupForm({ token }: { token: string }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const advice = usePasswordAdvice()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    mode: 'uncontrolled',
    initialValues: { username: 'admin', email: '', password: '' },
    send: (values) => comserv.setup.create({ token, ...values }),
    onDone: (session) => {
      enter(queryClient, session)
      navigate('/console', { replace: true })
    },
  })
  if (!token) {
    return (
      <Text>
        {rich(
          'The link is incomplete: the part after the <b>#</b> is missing. Copy the whole line that the server printed in its terminal.',
          { b: <b /> },
        )}
      </Text>
    )
  }
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <TextInput
          label={t('Username')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          key={form.key('username')}
          {...form.getInputProps('username')}
        />
        <TextInput
          label={t('Email')}
          type="email"
          autoComplete="email"
          required
          key={form.key('email')}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={t('Password')}
          description={advice}
          autoComplete="new-password"
          required
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <FormEnd verb={t('Create administrator')} isPending={isPending} problem={problem} />
      </Stack>
    </Form>
  )
}
