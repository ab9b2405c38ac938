import { NativeSelect, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { Credential, CredentialCreate, Scope, Tier } from 'comserv'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { ScopeMatrix } from './scope-matrix.tsx'
import { condensed, expanded } from './scopes.ts'

interface Props<R> {
  /** What it is now; a new one without. */
  credential?: Credential
  verb: string
  send(input: CredentialCreate): Promise<R>
  onDone(result: R): void
  onCancel(): void
}

const daySpans = ['30', '90', '365']
const dayMs = 86_400_000

export function CredentialForm<R>({ credential, verb, send, onDone, onCancel }: Props<R>) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      name: credential?.name ?? '',
      scopes: expanded(credential?.scopes ?? ['read']),
      tier: (credential?.tier ?? 'standard') as Tier,
      expiry: credential?.expires_at ? 'at' : 'never',
      expires_at: credential?.expires_at ? localInput(credential.expires_at) : '',
      allowed_ips: (credential?.allowed_ips ?? []).join('\n'),
    },
    send: (values) => send(toInput(values)),
    onDone,
  })
  return (
    <form onSubmit={onSubmit}>
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
        <FormEnd verb={verb} isPending={isPending} problem={problem} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

interface Values {
  name: string
  scopes: Scope[]
  tier: Tier
  expiry: string
  expires_at: string
  allowed_ips: string
}

function toInput({ name, scopes, tier, expiry, expires_at, allowed_ips }: Values): CredentialCreate {
  const ranges = allowed_ips.split(/[\s,]+/).filter(Boolean)
  return {
    name,
    scopes: condensed(scopes),
    tier,
    expires_at: endOf(expiry, expires_at),
    allowed_ips: ranges.length > 0 ? ranges : null,
  }
}

function endOf(expiry: string, at: string): string | null {
  if (expiry === 'never') return null
  if (expiry === 'at') return toUtc(at)
  return `${new Date(Date.now() + Number(expiry) * dayMs).toISOString().slice(0, 19)}Z`
}
