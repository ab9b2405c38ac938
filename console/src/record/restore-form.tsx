import { Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'

/** A unique field. */
export interface Takeable<T> {
  name: keyof T & string
  label: string
}

interface Props<T> {
  /** The first part of the query keys of the trash. */
  plural: string
  row: T
  title: string
  takeable: readonly Takeable<T>[]
  restore(as: { [name: string]: string }): PromiseLike<unknown>
  onClose(): void
  children: string
}

/** Restores a record; if the API reports that a unique value has been taken since, it requires another. */
export function RestoreForm<T extends object>(props: Props<T>) {
  const { plural, row, title, takeable, restore, onClose, children } = props
  const queryClient = useQueryClient()
  const [hasConflict, setHasConflict] = useState(false)
  const was: { [name: string]: string } = Object.fromEntries(
    takeable.map(({ name }) => [name, String(row[name])]),
  )
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: was,
    send: async (values) =>
      restore(Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== was[name]))),
    onDone: () => {
      onClose()
      void queryClient.invalidateQueries({ queryKey: [plural] })
      notice(t('“{{title}}” is back.', { title }))
    },
  })
  const [taken] = Object.keys(form.errors)
  const { getInputNode } = form
  useEffect(() => {
    if (!taken) return
    if (hasConflict) getInputNode(taken)?.focus()
    else setHasConflict(true)
  }, [taken, hasConflict, getInputNode])
  return (
    <Form onSubmit={onSubmit} noValidate>
      <Stack>
        <Text>{children}</Text>
        {hasConflict &&
          takeable.map(({ name, label }) => (
            <TextInput key={name} label={label} autoComplete="off" {...form.getInputProps(name)} />
          ))}
        <FormEnd verb={t('Restore')} isPending={isPending} problem={problem} onCancel={onClose} />
      </Stack>
    </Form>
  )
}
