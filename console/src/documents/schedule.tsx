import { Modal, Stack, TextInput } from '@mantine/core'
import type { Document } from 'comserv'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'

const dayMs = 86_400_000

interface Props {
  document: Document
  opened: boolean
  onClose(): void
  onDone(): void
}

export function Schedule({ document, opened, onClose, onDone }: Props) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: {
      publish_at: localInput(document.publish_at ?? new Date(Date.now() + dayMs).toISOString()),
    },
    send: ({ publish_at }) => comserv.documents.update(document.id, { publish_at: toUtc(publish_at) }),
    onDone: () => {
      onClose()
      onDone()
    },
  })
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Publish later"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={onSubmit}>
        <Stack>
          <TextInput
            type="datetime-local"
            label="Publish at"
            description={`In your time, ${Intl.DateTimeFormat().resolvedOptions().timeZone}`}
            required
            withAsterisk={false}
            {...form.getInputProps('publish_at')}
          />
          <FormEnd verb="Schedule" isPending={isPending} problem={problem} onCancel={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}
