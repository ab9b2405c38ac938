import { Modal, Stack, Text, TextInput } from '@mantine/core'
import type { Answer, Document } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { withRecord } from '../api/with-record.ts'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { Meanwhile } from '../record/change.tsx'
import { useChanged } from '../record/use-record.ts'
import { documents } from './documents.ts'

const hourMs = 3_600_000
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Chosen in local time, with the UTC time beside it. */
export function Schedule({ opened, ...form }: FormProps & { opened: boolean }) {
  return (
    <Modal
      opened={opened}
      onClose={form.onClose}
      title={t('When should “{{title}}” be published?', { title: form.read.data.title })}
    >
      <ScheduleForm {...form} />
    </Modal>
  )
}

interface FormProps {
  read: Answer<Document>
  onClose(): void
}

function ScheduleForm({ read, onClose }: FormProps) {
  const { id, publish_at: planned } = read.data
  const { saved } = useChanged(documents)
  const [ifMatch] = useState(read.etag)
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { publish_at: planned ? localInput(planned) : nextMorning() },
    send: ({ publish_at: local }) =>
      withRecord(
        comserv.documents.update(id, { publish_at: isComplete(local) ? toUtc(local) : local }, { ifMatch }),
      ),
    onDone: (answer) => {
      saved(answer)
      onClose()
    },
  })
  const { publish_at: chosen } = form.values
  return (
    <Form onSubmit={onSubmit} noValidate>
      <Stack>
        <TextInput
          type="datetime-local"
          label={t('Publish at')}
          description={t('In your time ({{zone}})', { zone })}
          {...form.getInputProps('publish_at')}
        />
        <Text size="sm" c="dimmed" role="status">
          {isComplete(chosen)
            ? rich('That is <span/> in UTC.', { span: <span className="mono">{toUtc(chosen)}</span> })
            : t('Choose a day and a time.')}
        </Text>
        <FormEnd
          verb={t('Schedule')}
          isPending={isPending}
          problem={problem}
          onCancel={onClose}
          meanwhile={<Meanwhile kind={documents} read={read} onLoad={onClose} />}
        />
      </Stack>
    </Form>
  )
}

function isComplete(local: string): boolean {
  return !Number.isNaN(Date.parse(local))
}

/** Tomorrow at nine, the most likely choice. */
function nextMorning(): string {
  const morning = new Date(Date.now() + 24 * hourMs)
  morning.setHours(9, 0, 0, 0)
  return localInput(morning.toISOString())
}
