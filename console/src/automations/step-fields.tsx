import {
  Button,
  Checkbox,
  Group,
  Input,
  NativeSelect,
  NumberInput,
  Paper,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core'
import type { ReactNode } from 'react'
import { optionsOf, useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { newStep, type StepValues } from './automation-input.ts'
import { type StepType, stepTypes } from './automations.ts'

interface Props {
  value: readonly StepValues[]
  onChange(steps: StepValues[]): void
  error?: ReactNode
}

const stepsMax = 20
const samples = {
  condition: 'data.status == "draft"',
  body: '{ "title": data.title }',
  subject: '"Published: " & data.title',
  letter: '"Please read " & data.title & "."',
  values: '{ "status": "published" }',
}
const code = { autosize: true, minRows: 2, spellCheck: false, classNames: { input: 'mono' } }

/** The steps in order; each has the fields of its type. */
export function StepFields({ value, onChange, error }: Props) {
  const change = (i: number, step: StepValues) => onChange(value.with(i, step))
  return (
    <Input.Wrapper
      label={t('Steps')}
      description={t(
        'Carried out in this order. Templates are in JSONata: data is the record of the event, steps.NAME what came out of a step.',
      )}
      error={error}
      labelElement="div"
    >
      <Stack mt="xs">
        {value.map((step, i) => (
          <Paper
            key={step.key}
            withBorder
            p="md"
            component="fieldset"
            aria-label={t('Step {{number}}', { number: i + 1 })}
          >
            <Stack gap="sm">
              <StepHead step={step} onChange={(changed) => change(i, changed)} />
              <StepBody step={step} set={(part) => change(i, { ...step, ...part })} />
              <Group gap="xs">
                <Button
                  size="xs"
                  variant="default"
                  disabled={i === 0}
                  onClick={() => onChange(moved(value, i))}
                >
                  {t('Move up')}
                </Button>
                <Button
                  size="xs"
                  variant="subtle"
                  onClick={() => onChange(value.filter((one) => one !== step))}
                >
                  {t('Remove')}
                </Button>
              </Group>
            </Stack>
          </Paper>
        ))}
        <Button
          variant="default"
          maw={220}
          disabled={value.length >= stepsMax}
          onClick={() => onChange([...value, newStep('send')])}
        >
          {t('Add step')}
        </Button>
      </Stack>
    </Input.Wrapper>
  )
}

function moved(steps: readonly StepValues[], i: number): StepValues[] {
  const [step] = steps.slice(i, i + 1)
  const others = steps.filter((_, place) => place !== i)
  return step ? others.toSpliced(i - 1, 0, step) : others
}

function StepHead({ step, onChange }: { step: StepValues; onChange(step: StepValues): void }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NativeSelect
        label={t('What it does')}
        data={[...stepTypes]}
        value={step.type}
        onChange={(event) => onChange({ ...step, type: event.currentTarget.value as StepType })}
      />
      <TextInput
        label={t('Name')}
        description={t('Lower-case letters, digits and underscores')}
        required
        autoCapitalize="none"
        classNames={{ input: 'mono' }}
        value={step.name}
        onChange={(event) => onChange({ ...step, name: event.currentTarget.value })}
      />
    </SimpleGrid>
  )
}

interface BodyProps {
  step: StepValues
  set(part: Partial<StepValues>): void
}

function StepBody({ step, set }: BodyProps) {
  switch (step.type) {
    case 'send':
      return <SendFields step={step} set={set} />
    case 'mail':
      return <MailFields step={step} set={set} />
    case 'change':
      return <ChangeFields step={step} set={set} />
    case 'wait':
      return (
        <NumberInput
          label={t('Minutes')}
          description={t('Up to 43,200, which are 30 days')}
          min={1}
          max={43_200}
          maw={260}
          value={step.minutes}
          onChange={(minutes) => set({ minutes: Number(minutes) })}
        />
      )
    default:
      return (
        <Textarea
          label={t('Condition')}
          description={t('The run ends here if it is true, in CEL.')}
          placeholder={samples.condition}
          required
          {...code}
          value={step.condition}
          onChange={(event) => set({ condition: event.currentTarget.value })}
        />
      )
  }
}

function SendFields({ step, set }: BodyProps) {
  return (
    <>
      <Group align="flex-end">
        <NativeSelect
          label={t('Method')}
          data={['POST', 'PUT', 'PATCH']}
          value={step.method}
          onChange={(event) => set({ method: event.currentTarget.value as StepValues['method'] })}
        />
        <TextInput
          label={t('Destination URL')}
          type="url"
          required
          flex={1}
          miw={180}
          value={step.url}
          onChange={(event) => set({ url: event.currentTarget.value })}
        />
      </Group>
      <Textarea
        label={t('Body')}
        description={t('A template that gives JSON. Empty: everything that is known of the run.')}
        placeholder={samples.body}
        {...code}
        value={step.body}
        onChange={(event) => set({ body: event.currentTarget.value })}
      />
      <Textarea
        label={t('Custom headers')}
        description={
          step.header_names.length > 0
            ? t('It sends {{header_names}}; their values are not shown.', {
                header_names: step.header_names.join(', '),
              })
            : t('One per line, such as Authorization: Bearer abc. Their values are kept secret.')
        }
        {...code}
        value={step.headers}
        onChange={(event) => set({ headers: event.currentTarget.value })}
      />
    </>
  )
}

function MailFields({ step, set }: BodyProps) {
  const { roles } = useCatalog()
  return (
    <>
      <Checkbox.Group
        label={t('To all users with these roles')}
        value={step.to_roles}
        onChange={(to_roles) => set({ to_roles })}
      >
        <Group mt={6}>
          {optionsOf(roles).map(({ value, label }) => (
            <Checkbox key={value} value={value} label={label} />
          ))}
        </Group>
      </Checkbox.Group>
      <Textarea
        label={t('Subject')}
        placeholder={samples.subject}
        required
        {...code}
        minRows={1}
        value={step.subject}
        onChange={(event) => set({ subject: event.currentTarget.value })}
      />
      <Textarea
        label={t('Text')}
        placeholder={samples.letter}
        required
        {...code}
        value={step.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
    </>
  )
}

function ChangeFields({ step, set }: BodyProps) {
  return (
    <>
      <Group>
        <NativeSelect
          label={t('Record')}
          data={[
            { value: 'document', label: t('Document') },
            { value: 'user', label: t('User') },
          ]}
          value={step.resource}
          onChange={(event) => set({ resource: event.currentTarget.value as StepValues['resource'] })}
        />
        <NativeSelect
          label={t('Action')}
          data={[
            { value: 'update', label: t('Change') },
            { value: 'create', label: t('Create') },
          ]}
          value={step.action}
          onChange={(event) => set({ action: event.currentTarget.value as StepValues['action'] })}
        />
      </Group>
      {step.action === 'update' && (
        <TextInput
          label={t('Id of the record')}
          required
          maw={460}
          classNames={{ input: 'mono' }}
          value={step.record_id}
          onChange={(event) => set({ record_id: event.currentTarget.value })}
        />
      )}
      <Textarea
        label={t('Values')}
        description={t('The fields, as the API takes them.')}
        placeholder={samples.values}
        required
        {...code}
        value={step.values}
        onChange={(event) => set({ values: event.currentTarget.value })}
      />
    </>
  )
}
