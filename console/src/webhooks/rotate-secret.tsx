import { Modal, NativeSelect, Stack, Text } from '@mantine/core'
import type { Webhook, WebhookWithSecret } from 'comserv'
import { comserv } from '../api/client.ts'
import { graces } from '../credentials/rotate-credential.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'

interface Props {
  webhook: Webhook
  opened: boolean
  onClose(): void
  onRotated(webhook: WebhookWithSecret): void
}

export function RotateSecret({ webhook, opened, onClose, onRotated }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { overlap_hours: '24' },
    send: ({ overlap_hours }) =>
      comserv.webhooks.rotateSecret(webhook.id, { overlap_hours: Number(overlap_hours) }),
    onDone: onRotated,
  })
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Rotate the secret"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={onSubmit}>
        <Stack>
          <Text>
            You get a new secret now. The old one keeps signing beside it for a while, so that the receiver
            can change over.
          </Text>
          <NativeSelect
            label="The old secret signs for"
            data={graces}
            {...form.getInputProps('overlap_hours')}
          />
          <FormEnd verb="Rotate secret" isPending={isPending} problem={problem} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
