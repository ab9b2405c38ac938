import { Anchor, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { language } from '../i18n/language.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Reading } from '../parts/reading.tsx'
import { Page } from '../shell/page.tsx'
import { Administrator } from './administrator.tsx'
import { useSetup } from './password-advice.ts'
import './narrow.css'

/** Without a mail server it says whom to contact. */
export function ForgotPasswordPage() {
  const setup = useSetup()
  const [asked, setAsked] = useState(false)
  return (
    <div className="narrow">
      <Page title={t('Forgot your password?')}>
        <Paper withBorder p="lg">
          <Reading query={setup}>
            {({ sends_mail }) =>
              asked ? <Sent /> : sends_mail ? <RequestForm onDone={() => setAsked(true)} /> : <ByHand />
            }
          </Reading>
        </Paper>
        <Anchor component={Link} to="/sign-in" size="sm" underline="always">
          {t('Back to the sign-in')}
        </Anchor>
      </Page>
    </div>
  )
}

function RequestForm({ onDone }: { onDone(): void }) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    mode: 'uncontrolled',
    initialValues: { username: '' },
    send: ({ username }) =>
      comserv.session.requestPassword({ username, language: language === 'de' ? 'de' : 'en' }),
    onDone,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>{t('You get a link by mail with which you set a new password.')}</Text>
        <TextInput
          label={t('Username or email')}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          key={form.key('username')}
          {...form.getInputProps('username')}
        />
        <FormEnd verb={t('Send the link')} isPending={isPending} problem={problem} />
      </Stack>
    </Form>
  )
}

/** The same for everybody: nobody learns here who has an account. */
function Sent() {
  return (
    <Text role="status">
      {rich(
        'If there is an account with this name, a mail is on its way to its address. The link in it works once, within an hour. Nothing after a few minutes? Look into the spam folder, or contact <administrator/>.',
        { administrator: <Administrator /> },
      )}
    </Text>
  )
}

function ByHand() {
  return (
    <Text>
      {rich('This server sends no mail. Contact <administrator/> for a link to set a new password.', {
        administrator: <Administrator />,
      })}
    </Text>
  )
}
