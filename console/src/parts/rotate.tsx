import { Modal, NativeSelect, Stack, Text } from '@mantine/core'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'

interface Props<M> extends FormProps<M> {
  title: string
  opened: boolean
}

interface FormProps<M> {
  /** What the old secret keeps doing during the grace period. */
  text: string
  label: string
  rotate(hours: number): Promise<M>
  onClose(): void
  onRotated(made: M): void
}

/** The grace period, in hours. */
const graces = [
  { value: '0', label: t('It stops working at once') },
  { value: '1', label: t('1 hour') },
  { value: '24', label: t('24 hours') },
  { value: '72', label: t('3 days') },
  { value: '168', label: t('7 days') },
]

/** Creates a new secret, with a grace period for the old one. */
export function Rotate<M>({ title, opened, ...form }: Props<M>) {
  return (
    <Modal opened={opened} onClose={form.onClose} title={title}>
      <RotateForm {...form} />
    </Modal>
  )
}

function RotateForm<M>({ text, label, rotate, onClose, onRotated }: FormProps<M>) {
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { hours: '24' },
    send: ({ hours }) => rotate(Number(hours)),
    onDone: onRotated,
  })
  return (
    <Form onSubmit={onSubmit}>
      <Stack>
        <Text>{t('You get a new secret now. {{text}}', { text })}</Text>
        <NativeSelect label={label} data={graces} {...form.getInputProps('hours')} />
        <FormEnd verb={t('Rotate secret')} isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </Form>
  )
}
