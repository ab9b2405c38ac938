import { Accordion, Checkbox, Group, NumberInput, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { SubscribableType, Webhook, WebhookCreate } from 'comserv'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { EventChoice } from './event-choice.tsx'

interface Props<R> {
  /** What it is now; a new one without. */
  webhook?: Webhook
  verb: string
  send(input: WebhookCreate): Promise<R>
  onDone(result: R): void
  onCancel(): void
}

export function WebhookForm<R>({ webhook, verb, send, onDone, onCancel }: Props<R>) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      url: webhook?.url ?? '',
      events: (webhook?.events ?? []) as SubscribableType[],
      description: webhook?.description ?? '',
      ownSecret: 'generated',
      secret: '',
      concurrency: webhook?.concurrency ?? 5,
      rate_limit_per_minute: (webhook?.rate_limit_per_minute ?? '') as number | '',
      changesHeaders: !webhook,
      headers: '',
    },
    send: (values) => send(toInput(values, webhook === undefined)),
    onDone,
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="lg">
        <TextInput
          label="Destination URL"
          description="Where the events are sent, by POST."
          placeholder="https://example.org/hooks/comserv"
          type="url"
          required
          withAsterisk={false}
          data-autofocus
          {...form.getInputProps('url')}
        />
        <EventChoice
          value={form.values.events}
          onChange={(events) => form.setFieldValue('events', events)}
          error={form.errors.events}
        />
        {!webhook && (
          <Stack gap="xs">
            <Radio.Group
              label="Secret key"
              description="Every request is signed with it, so that the receiver can tell that it comes from here."
              {...form.getInputProps('ownSecret')}
            >
              <Group mt={6}>
                <Radio value="generated" label="Generate one" />
                <Radio value="own" label="I have one" />
              </Group>
            </Radio.Group>
            {form.values.ownSecret === 'own' && (
              <TextInput
                label="Your secret key"
                description="At least 16 characters"
                autoComplete="off"
                spellCheck={false}
                required
                withAsterisk={false}
                classNames={{ input: 'mono' }}
                {...form.getInputProps('secret')}
              />
            )}
          </Stack>
        )}
        <TextInput
          label="Description"
          description="For you and your colleagues. May stay empty."
          {...form.getInputProps('description')}
        />
        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="more">
            <Accordion.Control>Headers and limits</Accordion.Control>
            <Accordion.Panel>
              <Stack>
                {webhook && (
                  <Checkbox
                    label="Replace the headers of its own"
                    description={
                      webhook.header_names.length > 0
                        ? `It sends ${webhook.header_names.join(', ')}; their values are not shown.`
                        : 'It has none.'
                    }
                    {...form.getInputProps('changesHeaders', { type: 'checkbox' })}
                  />
                )}
                {form.values.changesHeaders && (
                  <Textarea
                    label="Headers of its own"
                    description="One a line, such as Authorization: Bearer abc. Their values are kept secret."
                    autosize
                    minRows={2}
                    classNames={{ input: 'mono' }}
                    {...form.getInputProps('headers')}
                  />
                )}
                <NumberInput
                  label="At the same time"
                  description="How many requests it gets at once, at most"
                  min={1}
                  maw={260}
                  {...form.getInputProps('concurrency')}
                />
                <NumberInput
                  label="Requests a minute"
                  description="Empty: no limit"
                  min={1}
                  maw={260}
                  {...form.getInputProps('rate_limit_per_minute')}
                />
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <FormEnd verb={verb} isPending={isPending} problem={problem} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

interface Values {
  url: string
  events: SubscribableType[]
  description: string
  ownSecret: string
  secret: string
  concurrency: number
  rate_limit_per_minute: number | ''
  changesHeaders: boolean
  headers: string
}

function toInput(values: Values, isNew: boolean): WebhookCreate {
  const { url, events, description, ownSecret, secret, concurrency, rate_limit_per_minute } = values
  const headers = headersOf(values.headers)
  return {
    url,
    events,
    description,
    concurrency,
    rate_limit_per_minute: rate_limit_per_minute === '' ? null : rate_limit_per_minute,
    ...(isNew && ownSecret === 'own' ? { secret } : {}),
    ...(values.changesHeaders && (headers || !isNew) ? { headers } : {}),
  }
}

function headersOf(text: string): Record<string, string> | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) return null
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.includes(':') ? line.indexOf(':') : line.length
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    }),
  )
}
