import { Accordion, Checkbox, Group, NumberInput, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import type { Webhook } from 'comserv'
import { type ReactNode, useEffect, useState } from 'react'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { EventChoice } from './event-choice.tsx'
import { valuesOf, type WebhookValues } from './webhook-input.ts'

interface Props<R> {
  /** What it is now; a new one without. */
  webhook?: Webhook
  verb: string
  /** @param anyway also over what somebody else has saved in the meantime */
  send(values: WebhookValues, anyway: boolean): Promise<R>
  onDone(result: R): void
  onCancel(): void
  /** What to show when somebody else was faster. */
  meanwhile?: (saveAnyway: () => void) => ReactNode
}

/** What most people never need; an error in it is shown all the same. */
const folded = ['headers', 'concurrency', 'rate_limit_per_minute'] as const

export function WebhookForm<R>({ webhook, verb, send, onDone, onCancel, meanwhile }: Props<R>) {
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: valuesOf(webhook),
    send: (values, { anyway }) => send(values, anyway),
    onDone: (result) => {
      unsaved.release()
      onDone(result)
    },
  })
  const unsaved = useUnsaved(form.isDirty())
  const [unfolded, setUnfolded] = useState<string | null>(null)
  const hasFoldedError = folded.some((name) => form.errors[name])
  useEffect(() => {
    if (hasFoldedError) setUnfolded('more')
  }, [hasFoldedError])
  return (
    <form onSubmit={onSubmit}>
      {unsaved.question}
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
        <Accordion variant="contained" chevronPosition="left" value={unfolded} onChange={setUnfolded}>
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
