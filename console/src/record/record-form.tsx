import { Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'

export type Values = { [name: string]: unknown }

/** Converts a record to form values, and form values to a request. */
export interface FormOf<T, V extends Values, Create = never, Update = never> {
  /** The current record; undefined for a new one. */
  valuesOf(record?: T): V
  Fields(props: { form: UseFormReturnType<V>; record?: T | undefined }): ReactNode
  createInput(values: V): Create
  /** Only the changed fields, so that other people's changes stay. */
  updateInput(before: T, values: V): Update
  /** The fields that are compared when somebody else has changed the record. */
  labels: { readonly [name: string]: string }
  /** If these fields are not those of the record. */
  shown?(record: T): object
  /** Which input of a list an error names. */
  rowOf?: (problem: unknown, field: string, values: V) => string | undefined
  /** The API's names for fields that the form names differently. */
  apiNames?: Partial<{ [name: string]: keyof V & string }>
}

interface Props<T, V extends Values, R> {
  of: Pick<FormOf<T, V>, 'valuesOf' | 'Fields' | 'apiNames' | 'rowOf'> & Partial<Pick<FormOf<T, V>, 'labels'>>
  record?: T
  verb: string
  /** @param anyway overwrites what somebody else has saved in the meantime */
  send(values: V, anyway: boolean): Promise<R>
  onDone(result: R): void
  onCancel(): void
  /** Shown when the record has changed since it was read. */
  meanwhile?: (saveAnyway: () => void) => ReactNode
}

/** A form that protects unsaved input. */
export function RecordForm<T, V extends Values, R>(props: Props<T, V, R>) {
  const { of, record, verb, send, onDone, onCancel, meanwhile } = props
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: of.valuesOf(record),
    send: (values, { anyway }) => send(values, anyway),
    onDone: (result) => {
      unsaved.release()
      onDone(result)
    },
    ...(of.labels ? { labels: of.labels } : {}),
    ...(of.rowOf ? { rowOf: of.rowOf } : {}),
    ...(of.apiNames ? { apiNames: of.apiNames } : {}),
  })
  const unsaved = useUnsaved(form.isDirty())
  return (
    <Form onSubmit={onSubmit}>
      {unsaved.question}
      <Stack gap="lg">
        <of.Fields form={form} record={record} />
        <FormEnd
          verb={verb}
          isPending={isPending}
          problem={problem}
          onCancel={onCancel}
          meanwhile={meanwhile?.(submitAnyway)}
        />
      </Stack>
    </Form>
  )
}
