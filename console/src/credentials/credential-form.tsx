import { NativeSelect, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { Credential, Scope } from 'comserv'
import type { ReactNode } from 'react'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { type CredentialValues, valuesOf } from './credential-input.ts'
import { ScopeMatrix } from './scope-matrix.tsx'

interface Props<R> {
  /** What it is now; a new one without. */
  credential?: Credential
  verb: string
  /** @param anyway also over what somebody else has saved in the meantime */
  send(values: CredentialValues, anyway: boolean): Promise<R>
  onDone(result: R): void
  onCancel(): void
  /** What to show when somebody else was faster. */
  meanwhile?: (saveAnyway: () => void) => ReactNode
}

const daySpans = ['30', '90', '365']

export function CredentialForm<R>({ credential, verb, send, onDone, onCancel, meanwhile }: Props<R>) {
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: valuesOf(credential),
    send: (values, { anyway }) => send(values, anyway),
    onDone: (result) => {
      unsaved.release()
      onDone(result)
    },
  })
  const unsaved = useUnsaved(form.isDirty())
  return (
    <form onSubmit={onSubmit}>
      {unsaved.question}
      <Stack gap="lg">
        <TextInput
          label="Name"
          description="The program that uses it, so that you know later what you may revoke."
          placeholder="Payroll export"
          required
          withAsterisk={false}
          data-autofocus
          maw={460}
          {...form.getInputProps('name')}
        />
        <ScopeMatrix
          value={form.values.scopes}
          onChange={(scopes: Scope[]) => form.setFieldValue('scopes', scopes)}
          error={form.errors.scopes}
        />
        <Radio.Group label="Tier" {...form.getInputProps('tier')}>
          <Stack gap={6} mt={6}>
            <Radio value="standard" label="Standard: 100 requests a minute" />
            <Radio value="premium" label="Premium: 300 requests a minute" />
          </Stack>
        </Radio.Group>
        <NativeSelect
          label="Expires"
          description="A key that ends by itself cannot be forgotten."
          maw={460}
          data={[
            { value: 'never', label: 'Never' },
            ...daySpans.map((days) => ({
              value: days,
              label: days === '365' ? 'In a year' : `In ${days} days`,
            })),
            { value: 'at', label: 'At a time of your choice' },
          ]}
          {...form.getInputProps('expiry')}
        />
        {form.values.expiry === 'at' && (
          <TextInput
            type="datetime-local"
            label="Expires at"
            maw={460}
            required
            withAsterisk={false}
            {...form.getInputProps('expires_at')}
          />
        )}
        <Textarea
          label="Allowed IP addresses"
          description="One address or range a line, such as 203.0.113.0/24. Empty: the key works from everywhere."
          autosize
          minRows={2}
          maw={460}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('allowed_ips')}
        />
        <FormEnd
          verb={verb}
          isPending={isPending}
          problem={problem}
          onCancel={onCancel}
          meanwhile={meanwhile?.(submitAnyway)}
        />
      </Stack>
    </form>
  )
}
