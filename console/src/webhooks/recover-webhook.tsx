import { Modal, Progress, Stack, Text, TextInput } from '@mantine/core'
import type { Webhook } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { notice } from '../parts/notice.ts'

interface Props {
  webhook: Webhook
  opened: boolean
  onClose(): void
  onRecovered(): void
}

const dayMs = 86_400_000

/** Resends failed deliveries in batches, and shows the progress. */
export function RecoverWebhook({ webhook, opened, onClose, onRecovered }: Props) {
  const [progress, setProgress] = useState<{ done: number; left: number }>()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { since: localInput(new Date(Date.now() - dayMs).toISOString()) },
    send: ({ since }) => recover(toUtc(since)),
    onDone: (count) => {
      onClose()
      onRecovered()
      notice(sentenceOf(count))
    },
  })

  async function recover(since: string): Promise<Count> {
    const count = { resent: 0, hastened: 0 }
    for (;;) {
      const { resent, hastened, remaining } = await comserv.webhooks.recover(webhook.id, { since })
      count.resent += resent
      count.hastened += hastened
      if (remaining === 0 || resent === 0) return count
      setProgress({ done: count.resent, left: remaining })
    }
  }

  return (
    <Modal opened={opened} onClose={onClose} title={t('Recover since…')}>
      <Form onSubmit={onSubmit}>
        <Stack>
          <Text>
            {t(
              'Resends every delivery that has failed since the given time. Nothing that was delivered is sent twice.',
            )}
          </Text>
          <TextInput type="datetime-local" label={t('Since')} required {...form.getInputProps('since')} />
          {isPending && progress && (
            <Progress
              aria-label={t('Progress of the recovery')}
              value={(100 * progress.done) / (progress.done + progress.left)}
              animated
            />
          )}
          <FormEnd verb={t('Recover')} isPending={isPending} problem={problem} onCancel={onClose} />
        </Stack>
      </Form>
    </Modal>
  )
}

interface Count {
  resent: number
  hastened: number
}

function sentenceOf({ resent, hastened }: Count): string {
  if (resent + hastened === 0) return t('Nothing has failed since then.')
  const parts = [
    resent > 0 && t('{{count}} deliveries are sent again', { count: resent }),
    hastened > 0 && t('{{count}} that waited are tried now', { count: hastened }),
  ]
  return `${parts.filter(Boolean).join(', ')}.`
}
