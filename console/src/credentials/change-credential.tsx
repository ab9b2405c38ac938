import { NativeSelect, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Credential, CredentialCreate, CredentialUpdate, Scope } from 'comserv'
import { useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { localTime } from '../parts/instant.tsx'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { RuleFields } from '../rules/rule-fields.tsx'
import { narrowable } from '../rules/rule-values.ts'
import { useMay } from '../session/use-session.ts'
import { type CredentialValues, createInput, updateInput, valuesOf } from './credential-input.ts'
import { credentials } from './credentials.ts'
import { ScopeMatrix } from './scope-matrix.tsx'
import { expanded } from './scopes.ts'
import { SecretShown } from './secret-shown.tsx'
import { tierWords } from './tier-words.ts'

const credentialForm: FormOf<Credential, CredentialValues, CredentialCreate, CredentialUpdate> = {
  valuesOf,
  Fields: CredentialFields,
  createInput,
  updateInput,
  labels: {
    name: t('Name'),
    scopes: t('Scopes'),
    rules: t('Which documents'),
    tier: t('Tier'),
    expires_at: t('Expires'),
    allowed_ips: t('Allowed IP addresses'),
    status: t('Status'),
  },
  shown: ({ expires_at, rules, ...rest }) => ({
    ...rest,
    rules: rules && JSON.stringify(rules),
    expires_at: expires_at && localTime(expires_at),
  }),
}

export function NewCredentialPage() {
  return (
    <NewPage
      kind={credentials}
      title={t('Generate New API Key')}
      guide="authentication#creating-credentials"
      secret={{
        title: t('Store this key now'),
        show: (made, onDone) => <SecretShown credential={made} onDone={onDone} />,
      }}
    >
      {(creating) => (
        <NewForm kind={credentials} of={credentialForm} verb={t('Generate key')} {...creating} />
      )}
    </NewPage>
  )
}

export function EditCredentialPage() {
  return (
    <EditPage
      kind={credentials}
      guide="authentication#scopes"
      lead={t('Changes take effect at once, also for tokens already issued.')}
    >
      {(editing) => <EditForm kind={credentials} of={credentialForm} {...editing} />}
    </EditPage>
  )
}

const daySpans = ['30', '90', '365']

function CredentialFields({ form }: { form: UseFormReturnType<CredentialValues> }) {
  const may = useMay()
  const { scopes: known, tiers } = useCatalog()
  const held = expanded(known, form.values.scopes)
  return (
    <>
      <TextInput
        label={t('Name')}
        description={t('The program that uses the key, so that you know which one to revoke later.')}
        placeholder={t('Payroll export')}
        required
        maw={460}
        {...form.getInputProps('name')}
      />
      <ScopeMatrix
        value={form.values.scopes}
        onChange={(scopes: Scope[]) => form.setFieldValue('scopes', scopes)}
        error={form.errors.scopes}
      />
      <RuleFields
        value={form.values.rules}
        onChange={(rules) => form.setFieldValue('rules', rules)}
        error={form.errors.rules}
        scopes={narrowable.filter((scope) => held.includes(scope))}
        owner={t('the owner of the key')}
      />
      <Radio.Group label={t('Tier')} {...form.getInputProps('tier')}>
        <Stack gap={6} mt={6}>
          {tiers.map((tier) => (
            <Radio
              key={tier.name}
              value={tier.name}
              label={tierWords(tier)}
              disabled={!may('admin') && tier.name !== form.values.tier}
            />
          ))}
        </Stack>
      </Radio.Group>
      <NativeSelect
        label={t('Expires')}
        description={t('A forgotten key stays valid unless it expires.')}
        maw={460}
        data={[
          { value: 'never', label: t('Never') },
          ...daySpans.map((days) => ({
            value: days,
            label: days === '365' ? t('In a year') : t('In {{days}} days', { days }),
          })),
          { value: 'at', label: t('At a time of your choice') },
        ]}
        {...form.getInputProps('expiry')}
      />
      {form.values.expiry === 'at' && (
        <TextInput
          type="datetime-local"
          label={t('Expires at')}
          maw={460}
          required
          {...form.getInputProps('expires_at')}
        />
      )}
      <Textarea
        label={t('Allowed IP addresses')}
        description={t(
          'One address or range per line, such as 203.0.113.0/24. Empty: the key works from anywhere.',
        )}
        autosize
        minRows={2}
        maw={460}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('allowed_ips')}
      />
    </>
  )
}
