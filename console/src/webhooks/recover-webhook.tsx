import { Checkbox, Modal, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core'
import type { Recover, Webhook } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { notice } from '../parts/notice.ts'
import { includesType } from './patterns.ts'

interface Props {
  webhook: Webhook
  opened: boolean
  onClose(): void
  onRecovered(): void
}

const dayMs = 86_400_000

/** Sends what failed, or other past events, in parts, and shows the progress. */
export function RecoverWebhook({ opened, ...form }: Props) {
  return (
    <Modal opened={opened} onClose={form.onClose} title={t('Send past events')}>
      <RecoverForm {...form} />
    </Modal>
  )
}

function RecoverForm({ webhook: { id, events }, onClose, onRecovered }: Omit<Props, 'opened'>) {
  const [done, setDone] = useState<number>()
  const types = useCatalog().event_types.filter(({ name }) => name !== 'ping' && includesType(events, name))
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      since: localInput(new Date(Date.now() - dayMs).toISOString()),
      until: '',
      include: ['failed'],
      type: '',
    },
    apiNames: { types: 'type' },
    labels: { include: t('What to send') },
    send: ({ since, until, include, type }) =>
      recover({
        since: toUtc(since),
        ...(until ? { until: toUtc(until) } : {}),
        include,
        ...(type ? { types: [type] } : {}),
      } as Recover),
    onDone: (count) => {
      onClose()
      onRecovered()
      notice(sentenceOf(count))
    },
  })

  async function recover(span: Recover): Promise<Count> {
    const count = { resent: 0, newlySent: 0, hastened: 0 }
    let whole = 0
    for (let cursor: string | null = null; ; ) {
      const part = await comserv.webhooks.recover(id, { ...span, cursor })
      count.resent += part.resent
      count.newlySent += part.newly_sent
      count.hastened += part.hastened
      cursor = part.next_cursor
      if (part.remaining === 0 || (cursor === null && part.resent === 0)) return count
      whole = Math.max(whole, part.remaining + part.resent + part.newly_sent)
      setDone(1 - part.remaining / whole)
    }
  }

  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>
          {t('Receivers recognise an event that they already have by its webhook-id, which stays the same.')}
        </Text>
        <TextInput type="datetime-local" label={t('Since')} required {...form.getInputProps('since')} />
        <TextInput
          type="datetime-local"
          label={t('Until')}
          description={t('Empty: until now')}
          {...form.getInputProps('until')}
        />
        <Checkbox.Group label={t('What to send')} {...form.getInputProps('include')}>
          <Stack gap="xs" mt="xs">
            <Checkbox value="failed" label={t('Failed deliveries')} />
            <Checkbox
              value="missed"
              label={t('Events that were never sent to it')}
              description={t('For example those from before the webhook was created.')}
            />
            <Checkbox value="delivered" label={t('Delivered events, once more')} />
          </Stack>
        </Checkbox.Group>
        <NativeSelect
          label={t('Event type')}
          data={[{ value: '', label: t('All it subscribes to') }, ...types.map(({ name }) => name)]}
          {...form.getInputProps('type')}
        />
        {isPending && done !== undefined && (
          <Progress aria-label={t('Progress of sending')} value={100 * done} animated />
        )}
        <FormEnd verb={t('Send')} isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </Form>
  )
}

interface Count {
  resent: number
  newlySent: number
  hastened: number
}

function sentenceOf({ resent, newlySent, hastened }: Count): string {
  if (resent + newlySent + hastened === 0) return t('There was nothing to send.')
  const parts = [
    resent > 0 && t('{{count}} deliveries are sent again', { count: resent }),
    newlySent > 0 && t('{{count}} events are sent for the first time', { count: newlySent }),
    hastened > 0 && t('{{count}} that waited are tried now', { count: hastened }),
  ]
  return `${parts.filter(Boolean).join(', ')}.`
}
