import { Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { TotpSecret } from 'comserv'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { Reading } from '../parts/reading.tsx'

interface Props<R> {
  /** Makes a new key. */
  begin(): Promise<TotpSecret>
  activate(code: string): Promise<R>
  onDone(result: R): void
  onCancel?: () => void
}

/** The key of an authenticator app as a picture and as text, and its first code. */
export function SetUpApp<R>(props: Props<R>) {
  const secret = useQuery({
    queryKey: ['new-totp'],
    queryFn: props.begin,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  return <Reading query={secret}>{(data) => <FirstCode secret={data} {...props} />}</Reading>
}

function FirstCode<R>({ secret, activate, onDone, onCancel }: Props<R> & { secret: TotpSecret }) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { code: '' },
    send: ({ code }) => activate(code),
    onDone,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>
          {t(
            '1. Open an authenticator app on your phone, such as those of Google, Microsoft, Apple or your password manager, and scan this picture:',
          )}
        </Text>
        <QrCode text={secret.uri} label={t('QR code with the key for the app')} />
        <div>
          <Text size="sm" className="quiet">
            {t('Or type this key into the app:')}
          </Text>
          <code className="mono anywhere">{secret.secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>{' '}
          <CopyButton text={secret.secret} what={t('key')} />
        </div>
        <CodeField
          label={t('2. Enter the code that the app shows')}
          description={t('Six digits; it changes every 30 seconds.')}
          {...form.getInputProps('code')}
        />
        <FormEnd
          verb={t('Confirm')}
          isPending={isPending}
          problem={problem}
          {...(onCancel ? { onCancel } : {})}
        />
        <Text size="sm" className="quiet">
          {t('The key is shown only now. Nobody who gives you support needs it.')}
        </Text>
      </Stack>
    </Form>
  )
}

type CodeFieldProps = { label: string; description?: string } & ReturnType<
  ReturnType<typeof useProblemForm<{ code: string }, unknown>>['form']['getInputProps']
>

/** Phones offer the code from a message or an app. */
export function CodeField({ label, description, ...props }: CodeFieldProps) {
  return (
    <TextInput
      label={label}
      description={description}
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      required
      maw={320}
      {...props}
    />
  )
}
