import { Button, Checkbox, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { GuestAccess, Scope } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { described } from '../i18n/descriptions.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Empty } from '../parts/empty.tsx'
import { Reading } from '../parts/reading.tsx'
import { ShownOnce } from '../parts/shown-once.tsx'
import { Administrator } from '../session/administrator.tsx'
import { Page } from '../shell/page.tsx'
import { GuestStatus } from './guest-status.tsx'
import { emptyRequest, RequestFields, requestInput } from './request-fields.tsx'

/** For people without an account. The token is in the fragment, which browsers do not send, so that no log holds it. */
export function GuestPage() {
  const [token, setToken] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token'))
  const [made, setMade] = useState<string>()
  const access = useQuery({ queryKey: ['guest-access'], queryFn: () => comserv.guestRequests.access() })
  if (made !== undefined) {
    return (
      <Page title={t('Keep this link')}>
        <ShownOnce
          what={t('link')}
          values={{ link: linkOf(made) }}
          advice={t(
            'Open this link to see the decision, and to collect the key once it is approved. Anyone who has the link can do the same. It is not shown again.',
          )}
          onDone={() => {
            history.replaceState(history.state, '', linkOf(made))
            setMade(undefined)
            setToken(made)
          }}
        >
          <Text>{t('An administrator decides. Open the link again to see the decision.')}</Text>
        </ShownOnce>
      </Page>
    )
  }
  if (token) return <GuestStatus token={token} />
  return (
    <Page
      title={t('Ask for a key')}
      lead={t('A program needs a key to call the API. An administrator decides.')}
    >
      <Reading query={access}>
        {({ allowed, scopes }) => (allowed ? <GuestForm scopes={scopes} onMade={setMade} /> : <Closed />)}
      </Reading>
    </Page>
  )
}

const linkOf = (token: string) => `${location.origin}/key-request#token=${token}`

function Closed() {
  return (
    <Empty
      title={t('Sign in to ask for a key')}
      action={
        <Button component={Link} to="/sign-in?next=%2Fconsole%2Fdeveloper%2Frequests%2Fnew">
          {t('Sign in')}
        </Button>
      }
    >
      {rich('People without an account cannot ask here. Contact <administrator/>.', {
        administrator: <Administrator />,
      })}
    </Empty>
  )
}

function GuestForm({ scopes, onMade }: { scopes: GuestAccess['scopes']; onMade(token: string): void }) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { ...emptyRequest, contact: '' },
    send: async ({ contact, ...values }) =>
      comserv.guestRequests.create({ ...requestInput(values), contact }),
    onDone: ({ token }) => onMade(token),
  })
  return (
    <Paper withBorder p="lg" maw={760}>
      <Form onSubmit={onSubmit}>
        <Stack gap="lg">
          <TextInput
            label={t('Who you are')}
            description={t('Your name, and how to reach you.')}
            placeholder={t('Jane Doe, jane@example.org')}
            required
            maw={460}
            {...form.getInputProps('contact')}
          />
          <RequestFields
            form={form}
            scopes={
              <Checkbox.Group
                label={t('Scopes')}
                description={t('Select only what the program needs.')}
                value={form.values.scopes}
                onChange={(chosen) => form.setFieldValue('scopes', chosen as Scope[])}
                error={form.errors.scopes}
              >
                <Stack gap={6} mt={6}>
                  {scopes.map((scope) => (
                    <Checkbox
                      key={scope.name}
                      value={scope.name}
                      label={scope.name}
                      description={described('scope', scope)}
                    />
                  ))}
                </Stack>
              </Checkbox.Group>
            }
          />
          <FormEnd verb={t('Send request')} isPending={isPending} problem={problem} />
        </Stack>
      </Form>
    </Paper>
  )
}
