import { Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { RoleCreate, RoleRecord, RoleUpdate, Scope } from 'comserv'
import { useCatalog } from '../catalog/use-catalog.ts'
import { ScopeMatrix } from '../credentials/scope-matrix.tsx'
import { expanded } from '../credentials/scopes.ts'
import { patchOf } from '../diff/field-changes.tsx'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { RuleFields } from '../rules/rule-fields.tsx'
import { narrowable, type RuleValues, rulesInput, ruleValuesOf } from '../rules/rule-values.ts'
import { roles } from './roles.ts'

type RoleValues = {
  name: string
  description: string
  scopes: Scope[]
  /** `own` or `all`. */
  reach: string
  rules: RuleValues[]
}

const roleForm: FormOf<RoleRecord, RoleValues, RoleCreate, RoleUpdate> = {
  valuesOf,
  Fields: RoleFields,
  createInput: (values) => ({ name: values.name, ...settingsOf(values) }),
  updateInput: (before, values) => patchOf<RoleUpdate>(settingsOf(valuesOf(before)), settingsOf(values)),
  labels: {
    description: t('Description'),
    scopes: t('Scopes'),
    own_only: t('Only their own'),
    rules: t('Which documents'),
  },
  shown: ({ rules, ...rest }) => ({ ...rest, rules: rules && JSON.stringify(rules) }),
  apiNames: { own_only: 'reach' },
}

export function NewRolePage() {
  return (
    <NewPage kind={roles} title={t('New role')}>
      {(creating) => <NewForm kind={roles} of={roleForm} verb={t('Create role')} {...creating} />}
    </NewPage>
  )
}

export function EditRolePage() {
  return (
    <EditPage
      kind={roles}
      lead={t('Changes take effect at once, for everybody who has the role and for their keys.')}
    >
      {(editing) => <EditForm kind={roles} of={roleForm} {...editing} />}
    </EditPage>
  )
}

interface FieldsProps {
  form: UseFormReturnType<RoleValues>
  record?: RoleRecord | undefined
}

function RoleFields({ form, record }: FieldsProps) {
  const { scopes: known } = useCatalog()
  const held = expanded(known, form.values.scopes)
  return (
    <>
      {!record && (
        <TextInput
          label={t('Name')}
          description={t('Lower-case letters, digits and hyphens. It cannot be changed later.')}
          placeholder="policy-reviewer"
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maw={460}
          {...form.getInputProps('name')}
        />
      )}
      <Textarea
        label={t('Description')}
        description={t('Shown where a role is chosen.')}
        autosize
        {...form.getInputProps('description')}
      />
      <ScopeMatrix
        value={form.values.scopes}
        onChange={(scopes: Scope[]) => form.setFieldValue('scopes', scopes)}
        error={form.errors.scopes}
        description={t('What people with this role may do, and the keys that they own.')}
        hasAdmin={false}
      />
      <RuleFields
        value={form.values.rules}
        onChange={(rules) => form.setFieldValue('rules', rules)}
        error={form.errors.rules}
        scopes={narrowable.filter((scope) => held.includes(scope))}
        owner={t('the user')}
      />
      <Radio.Group label={t('API credentials and webhooks')} {...form.getInputProps('reach')}>
        <Stack gap={6} mt={6}>
          <Radio value="own" label={t('Only their own')} />
          <Radio value="all" label={t('Everybody’s')} />
        </Stack>
      </Radio.Group>
    </>
  )
}

function valuesOf(role?: RoleRecord): RoleValues {
  return {
    name: role?.name ?? '',
    description: role?.description ?? '',
    scopes: (role?.scopes as Scope[] | undefined) ?? ['documents:read'],
    reach: role && !role.own_only ? 'all' : 'own',
    rules: ruleValuesOf(role?.rules),
  }
}

function settingsOf({ description, scopes, reach, rules }: RoleValues) {
  return { description, scopes, own_only: reach === 'own', rules: rulesInput(rules) }
}
