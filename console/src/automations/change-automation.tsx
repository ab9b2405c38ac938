import { NativeSelect, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { Automation, AutomationCreate, AutomationUpdate } from 'comserv'
import { t } from '../i18n/t.ts'
import { EditForm, EditPage } from '../record/edit-page.tsx'
import { NewForm, NewPage } from '../record/new-page.tsx'
import type { FormOf } from '../record/record-form.tsx'
import { EventChoice, useEventTypes } from '../webhooks/event-choice.tsx'
import { type AutomationValues, createInput, updateInput, valuesOf } from './automation-input.ts'
import { automations } from './automations.ts'
import { StepFields } from './step-fields.tsx'

const sampleCondition = 'data.category == "policies"'

const automationForm: FormOf<Automation, AutomationValues, AutomationCreate, AutomationUpdate> = {
  valuesOf,
  Fields: AutomationFields,
  createInput,
  updateInput,
  labels: {
    name: t('Name'),
    description: t('Description'),
    trigger: t('Begins'),
    steps: t('Steps'),
  },
  shown: ({ trigger, steps, ...rest }) => ({
    ...rest,
    trigger: JSON.stringify(trigger),
    steps: JSON.stringify(steps),
  }),
  apiNames: {
    'trigger.condition': 'condition',
    'trigger.cron': 'cron',
    'trigger.time_zone': 'time_zone',
    'trigger.events': 'events',
  },
}

export function NewAutomationPage() {
  useEventTypes()
  return (
    <NewPage kind={automations} title={t('New automation')}>
      {(creating) => (
        <NewForm kind={automations} of={automationForm} verb={t('Create automation')} {...creating} />
      )}
    </NewPage>
  )
}

export function EditAutomationPage() {
  useEventTypes()
  return (
    <EditPage kind={automations} lead={t('Runs under way go on as they began.')}>
      {(editing) => <EditForm kind={automations} of={automationForm} {...editing} />}
    </EditPage>
  )
}

interface FieldsProps {
  form: UseFormReturnType<AutomationValues>
  record?: Automation | undefined
}

function AutomationFields({ form }: FieldsProps) {
  return (
    <>
      <TextInput label={t('Name')} required maw={460} {...form.getInputProps('name')} />
      <TextInput
        label={t('Description')}
        description={t('For you and your colleagues. Optional.')}
        {...form.getInputProps('description')}
      />
      <TriggerFields form={form} />
      <StepFields
        value={form.values.steps}
        onChange={(steps) => form.setFieldValue('steps', steps)}
        error={form.errors.steps}
      />
    </>
  )
}

function TriggerFields({ form }: FieldsProps) {
  const { trigger, events } = form.values
  return (
    <>
      <Radio.Group label={t('Begins')} {...form.getInputProps('trigger')}>
        <Stack gap={6} mt={6}>
          <Radio value="event" label={t('When an event happens')} />
          <Radio value="schedule" label={t('At certain times')} />
          <Radio value="button" label={t('By hand, or by a call of the API')} />
        </Stack>
      </Radio.Group>
      {trigger === 'event' && (
        <>
          <EventChoice
            value={events}
            onChange={(chosen) => form.setFieldValue('events', chosen)}
            error={form.errors.events}
            description={t('The event types that begin a run.')}
          />
          <Textarea
            label={t('Condition')}
            description={t('Only events that meet it begin a run, in CEL. Empty: all.')}
            placeholder={sampleCondition}
            autosize
            minRows={2}
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps('condition')}
          />
        </>
      )}
      {trigger === 'schedule' && (
        <>
          <TextInput
            label={t('Times')}
            description={t(
              'Minute, hour, day of the month, month, day of the week; 0 7 * * 1-5 is at 7:00 on working days.',
            )}
            required
            maw={260}
            classNames={{ input: 'mono' }}
            {...form.getInputProps('cron')}
          />
          <NativeSelect
            label={t('Time zone')}
            maw={260}
            data={zones(form.values.time_zone)}
            {...form.getInputProps('time_zone')}
          />
        </>
      )}
    </>
  )
}

function zones(chosen: string): string[] {
  return [...new Set(['UTC', chosen, ...Intl.supportedValuesOf('timeZone')])]
}
