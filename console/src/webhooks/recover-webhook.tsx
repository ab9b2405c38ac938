import { Modal, Progress, Stack, Text, TextInput } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { Webhook } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'

interface Props {
  webhook: Webhook
  opened: boolean
  onClose(): void
  onRecovered(): void
}

const dayMs = 86_400_000

/** Sends again what failed, batch after batch, and shows how far it is. */
export function RecoverWebhook({ webhook, opened, onClose, onRecovered }: Props) {
  const [progress, setProgress] = useState<{ done: number; left: number }>()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { since: localInput(new Date(Date.now() - dayMs).toISOString()) },
    send: ({ since }) => recover(toUtc(since)),
    onDone: (count) => {
      onClose()
      onRecovered()
      notifications.show({
        message:
          count === 0
            ? 'Nothing had failed since then.'
            : `${count.toLocaleString()} deliveries are being sent again.`,
      })
    },
  })

  async function recover(since: string): Promise<number> {
    let done = 0
    for (;;) {
      const { resent, remaining } = await comserv.webhooks.recover(webhook.id, { since })
      done += resent
      if (remaining === 0 || resent === 0) return done
      setProgress({ done, left: remaining })
    }
  }

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Recover since…"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={onSubmit}>
        <Stack>
          <Text>
            Sends again everything that failed for good since an instant. What was delivered is not sent
            twice.
          </Text>
          <TextInput
            type="datetime-local"
            label="Since"
            required
            withAsterisk={false}
            {...form.getInputProps('since')}
          />
          {isPending && progress && (
            <Progress
              aria-label="How much was sent again"
              value={(100 * progress.done) / (progress.done + progress.left)}
              animated
            />
          )}
          <FormEnd verb="Recover" isPending={isPending} problem={problem} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
