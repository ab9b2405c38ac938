import { Anchor, Button, Group, NativeSelect, Stack, Text, Textarea } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import type { SubscribableType, WebhookPreview } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Problem } from '../parts/problem.tsx'
import { useEventTypes } from './event-choice.tsx'
import { includesType } from './patterns.ts'
import { expressionsOf, type WebhookValues } from './webhook-input.ts'

interface Props {
  form: UseFormReturnType<WebhookValues>
}

const examples = {
  filter: 'data.category == "policies"',
  transform: '{ "text": data.title & " was published" }',
}

/** Which of the events are sent, and what of them, with a preview on a real one. */
export function ExpressionFields({ form }: Props) {
  const code = { autosize: true, minRows: 2, spellCheck: false, classNames: { input: 'mono' } }
  return (
    <Stack>
      <Textarea
        label={t('Filter')}
        description={t('Only events that meet this condition are sent, in CEL. Empty: all.')}
        placeholder={examples.filter}
        {...code}
        {...form.getInputProps('filter')}
      />
      <Textarea
        label={t('Transform')}
        description={t('What is sent instead of the event, in JSONata. Empty: the event.')}
        placeholder={examples.transform}
        {...code}
        {...form.getInputProps('transform')}
      />
      <Text size="sm">
        <Anchor href="/docs/webhooks#filter-and-transform">
          {t('How filters and transforms are written')}
        </Anchor>
      </Text>
      {form.values.events.length > 0 && <Preview values={form.values} />}
    </Stack>
  )
}

type OneType = Exclude<SubscribableType, `${string}*`>

function Preview({ values }: { values: WebhookValues }) {
  const { events, format, include_previous } = values
  const [chosen, setChosen] = useState<OneType>()
  const names = useEventTypes().map(({ name }) => name as OneType)
  const types = names.filter((name) => includesType(events, name))
  const type = chosen && types.includes(chosen) ? chosen : types[0]
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (event_type: OneType) =>
      comserv.webhooks.preview({ event_type, format, include_previous, ...expressionsOf(values) }),
  })
  if (!type) return null
  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <NativeSelect
          label={t('Preview on the newest event of the type')}
          data={types}
          value={type}
          onChange={(event) => setChosen(event.currentTarget.value as OneType)}
        />
        <Button variant="default" loading={isPending} onClick={() => mutate(type)}>
          {t('Preview')}
        </Button>
      </Group>
      {error ? <Problem error={error} /> : null}
      {data && !error && <Previewed of={data} />}
    </Stack>
  )
}

function Previewed({ of: { event_id, event_type, outcome, error, event, body } }: { of: WebhookPreview }) {
  const given =
    event_id === null
      ? t('There is no such event that you may read yet; this is the sample of {{event_type}}.', {
          event_type,
        })
      : t('Event {{event_id}}, {{event_type}}.', { event_id, event_type })
  return (
    <Stack gap="xs" role="status">
      <Text size="sm">
        {given} {outcome === 'filtered' ? t('The filter excludes it: nothing is sent.') : error}
      </Text>
      {body === null ? (
        <CodeBlock text={JSON.stringify(event, null, 2)} what={t('the event')} />
      ) : (
        <CodeBlock text={JSON.stringify(JSON.parse(body), null, 2)} what={t('what is sent')} />
      )}
    </Stack>
  )
}
