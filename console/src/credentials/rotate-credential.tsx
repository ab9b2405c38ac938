import { Modal, NativeSelect, Stack, Text } from '@mantine/core'
import type { Credential, CredentialWithSecret } from 'comserv'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'

interface Props {
  credential: Credential
  opened: boolean
  onClose(): void
  onRotated(credential: CredentialWithSecret): void
}

/** How long programs have to change over, in hours. */
export const graces = [
  { value: '0', label: 'It stops working at once' },
  { value: '1', label: '1 hour' },
  { value: '24', label: '24 hours' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
]

export function RotateCredential({ credential, opened, onClose, onRotated }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { grace_hours: '24' },
    send: ({ grace_hours }) =>
      comserv.credentials.rotate(credential.id, { grace_hours: Number(grace_hours) }),
    onDone: onRotated,
  })
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Rotate the secret of “${credential.name}”`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={onSubmit}>
        <Stack>
          <Text>
            You get a new secret now. The old one works beside it for a while, so that no program has to stop.
          </Text>
          <NativeSelect
            label="The old secret works for"
            data={graces}
            {...form.getInputProps('grace_hours')}
          />
          <FormEnd verb="Rotate secret" isPending={isPending} problem={problem} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
