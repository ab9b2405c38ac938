import { Anchor, Modal, NativeSelect, Stack, Text } from '@mantine/core'
import type { DeliveryWithAttempts, Webhook, WebhookTest } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { shortly } from '../deliveries/reason.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Status } from '../parts/status.tsx'
import { includesType } from './patterns.ts'

interface Props {
  webhook: Webhook
  opened: boolean
  onClose(): void
  onSent(): void
}

/** Sends the sample of an event type, and shows what the receiver responds. */
export function SendTestEvent({ opened, ...form }: Props) {
  return (
    <Modal opened={opened} onClose={form.onClose} title={t('Send a test event')} size="lg">
      <TestForm {...form} />
    </Modal>
  )
}

function TestForm({ webhook: { id, events }, onClose, onSent }: Omit<Props, 'opened'>) {
  const [sent, setSent] = useState<DeliveryWithAttempts>()
  const names = useCatalog().event_types.map(({ name }) => name)
  // Those that it subscribes to first.
  const types = [
    ...names.filter((name) => includesType(events, name)),
    ...names.filter((name) => !includesType(events, name)),
  ]
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { event_type: types[0] ?? 'ping' },
    send: ({ event_type }) => comserv.webhooks.test(id, { event_type: event_type } as WebhookTest),
    onDone: (delivery) => {
      setSent(delivery)
      onSent()
    },
  })
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Text size="sm">
          {t('Sends a signed sample of this type, marked X-Webhook-Test. It is not retried.')}
        </Text>
        <NativeSelect label={t('Event type')} data={types} {...form.getInputProps('event_type')} />
        {sent && <Response delivery={sent} />}
        <FormEnd
          verb={t('Send')}
          isPending={isPending}
          problem={problem}
          cancel={t('Close')}
          onCancel={onClose}
        />
      </Stack>
    </form>
  )
}

function Response({ delivery: { id, status, log } }: { delivery: DeliveryWithAttempts }) {
  const attempt = log.at(-1)
  const response = attempt?.response
  return (
    <Stack gap="xs" role="status">
      <Text>
        <Status value={status} />{' '}
        {response
          ? t('The receiver responded with {{status}}', { status: response.status })
          : attempt?.error && shortly(attempt.error)}
        {attempt && `, ${t('{{duration_ms}} ms', { duration_ms: number(attempt.duration_ms) })}`}.{' '}
        <Anchor component={Link} to={`/console/developer/deliveries/${id}`}>
          {t('Show the delivery')}
        </Anchor>
      </Text>
      {response?.body && <CodeBlock text={response.body} what={t('the response')} />}
    </Stack>
  )
}
