import { Modal, Stack, Text, TextInput } from '@mantine/core'
import type { Document } from 'comserv'
import { comserv } from '../api/client.ts'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { useDocumentChanged } from './use-document.ts'

interface Props {
  document: Document
  etag: string | undefined
  opened: boolean
  onClose(): void
  onReload(): void
}

const hourMs = 3_600_000
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Chosen in local time, with the instant beside it on which all agree. */
export function Schedule({ document, etag, opened, onClose, onReload }: Props) {
  const changed = useDocumentChanged()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { publish_at: document.publish_at ? localInput(document.publish_at) : nextMorning() },
    send: ({ publish_at }) =>
      comserv.documents
        .update(
          document.id,
          { publish_at: isComplete(publish_at) ? toUtc(publish_at) : publish_at },
          { ifMatch: etag },
        )
        .withResponse(),
    onDone: (answer) => {
      changed(answer)
      onClose()
    },
  })
  const { publish_at: chosen } = form.values
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`When shall “${document.title}” be published?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={onSubmit} noValidate>
        <Stack>
          <TextInput
            type="datetime-local"
            label="Publish at"
            description={`In your time (${zone})`}
            data-autofocus
            {...form.getInputProps('publish_at')}
          />
          <Text size="sm" c="dimmed" role="status">
            {isComplete(chosen) ? (
              <>
                That is <span className="mono">{toUtc(chosen)}</span> in UTC.
              </>
            ) : (
              'Choose a day and a time.'
            )}
          </Text>
          <FormEnd
            verb="Schedule"
            isPending={isPending}
            problem={problem}
            onCancel={onClose}
            meanwhile={
              <ChangedMeanwhile
                what="this document"
                onLoad={() => {
                  onReload()
                  onClose()
                }}
              />
            }
          />
        </Stack>
      </form>
    </Modal>
  )
}

function isComplete(local: string): boolean {
  return !Number.isNaN(Date.parse(local))
}

/** Tomorrow at nine, the time that is most often meant. */
function nextMorning(): string {
  const morning = new Date(Date.now() + 24 * hourMs)
  morning.setHours(9, 0, 0, 0)
  return localInput(morning.toISOString())
}
