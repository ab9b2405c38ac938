import { Checkbox, Input, NumberInput, Radio, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Hook, HookCreate, HookUpdate } from 'comserv'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { SecretFields } from '../webhooks/secret-fields.tsx'
import { createInput, type HookValues, updateInput, valuesOf } from './hook-input.ts'
import { HookSecret } from './hook-secret.tsx'
import { hookActions, hooks } from './hooks.ts'

const hookForm: FormOf<Hook, HookValues, HookCreate, HookUpdate> = {
  valuesOf,
  Fields: HookFields,
  createInput,
  updateInput,
  labels: {
    url: t('Destination URL'),
    actions: t('Called before'),
    on_failure: t('When it fails'),
    timeout_ms: t('Time to respond'),
    description: t('Description'),
    status: t('Status'),
  },
}

export function NewHookPage() {
  return (
    <NewPage
      kind={hooks}
      title={t('Add hook')}
      guide="hooks#add-a-hook"
      secret={{
        title: t('Store this secret now'),
        show: (made, onDone) => <HookSecret hook={made} onDone={onDone} />,
      }}
    >
      {(creating) => <NewForm kind={hooks} of={hookForm} verb={t('Add hook')} {...creating} />}
    </NewPage>
  )
}

export function EditHookPage() {
  return (
    <EditPage kind={hooks} titleOf={() => t('Change this hook')}>
      {(editing) => <EditForm kind={hooks} of={hookForm} {...editing} />}
    </EditPage>
  )
}

interface FieldsProps {
  form: UseFormReturnType<HookValues>
  /** The current record; undefined for a new one. */
  record?: Hook | undefined
}

function HookFields({ form, record }: FieldsProps) {
  return (
    <>
      <TextInput
        label={t('Destination URL')}
        description={t('Called by POST before the change.')}
        placeholder="https://example.org/hooks/comserv"
        type="url"
        required
        {...form.getInputProps('url')}
      />
      <ActionChoice form={form} />
      <Radio.Group
        label={t('When it fails')}
        description={t('A call fails without a valid response in time. A refusal is no failure.')}
        {...form.getInputProps('on_failure')}
      >
        <Stack gap={6} mt={6}>
          <Radio value="refuse" label={t('The change is not made')} />
          <Radio value="allow" label={t('The change is made as it was sent')} />
        </Stack>
      </Radio.Group>
      <NumberInput
        label={t('Time to respond')}
        description={t('Milliseconds, 100 to 5,000. Changes wait as long.')}
        maw={260}
        step={100}
        {...form.getInputProps('timeout_ms')}
      />
      {!record && (
        <>
          <SecretFields
            choice={form.getInputProps('ownSecret')}
            secret={form.getInputProps('secret')}
            isOwn={form.values.ownSecret === 'own'}
          />
          <Radio.Group label={t('In use')} {...form.getInputProps('status')}>
            <Stack gap={6} mt={6}>
              <Radio value="paused" label={t('Later: first set up the receiver, and try it')} />
              <Radio value="active" label={t('At once, with the next change')} />
            </Stack>
          </Radio.Group>
        </>
      )}
      <TextInput
        label={t('Description')}
        description={t('For you and your colleagues. Optional.')}
        {...form.getInputProps('description')}
      />
    </>
  )
}

function ActionChoice({ form }: Pick<FieldsProps, 'form'>) {
  const { actions } = form.values
  return (
    <Input.Wrapper label={t('Called before')} error={form.errors.actions} labelElement="div" required>
      <Stack gap="sm" mt="xs">
        {hookActions.map(({ value, about }) => (
          <Checkbox
            key={value}
            label={<span className="mono">{value}</span>}
            description={about}
            checked={actions.includes(value)}
            onChange={({ currentTarget: { checked } }) =>
              form.setFieldValue(
                'actions',
                hookActions
                  .map((one) => one.value)
                  .filter((one) => (one === value ? checked : actions.includes(one))),
              )
            }
          />
        ))}
      </Stack>
    </Input.Wrapper>
  )
}
