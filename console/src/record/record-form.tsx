import { Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'

export type Values = { [name: string]: unknown }

/** How a record is shown in a form, and what of the form goes to the API. */
export interface FormOf<T, V extends Values, Create = never, Update = never> {
  /** What it is now; of a new one without. */
  valuesOf(record?: T): V
  Fields(props: { form: UseFormReturnType<V>; record?: T | undefined }): ReactNode
  createInput(values: V): Create
  /** What the form changed, and nothing else: what somebody else changed beside it stays. */
  updateInput(before: T, values: V): Update
  /** The fields by which somebody who was overtaken tells what the other one changed. */
  labels: { readonly [name: string]: string }
  /** Where these fields are not those of the record. */
  shown?(record: T): object
  /** Names that the API has for fields, where the form has others. */
  apiNames?: Partial<{ [name: string]: keyof V & string }>
}

interface Props<T, V extends Values, R> {
  of: Pick<FormOf<T, V>, 'valuesOf' | 'Fields' | 'apiNames'>
  record?: T
  verb: string
  /** @param anyway also over what somebody else has saved in the meantime */
  send(values: V, anyway: boolean): Promise<R>
  onDone(result: R): void
  onCancel(): void
  /** What to show when somebody else was faster. */
  meanwhile?: (saveAnyway: () => void) => ReactNode
}

/** A form that keeps what is typed from getting lost. */
export function RecordForm<T, V extends Values, R>(props: Props<T, V, R>) {
  const { of, record, verb, send, onDone, onCancel, meanwhile } = props
  const { form, isPending, problem, onSubmit, submitAnyway } = useProblemForm({
    initialValues: of.valuesOf(record),
    send: (values, { anyway }) => send(values, anyway),
    onDone: (result) => {
      unsaved.release()
      onDone(result)
    },
    ...(of.apiNames ? { apiNames: of.apiNames } : {}),
  })
  const unsaved = useUnsaved(form.isDirty())
  return (
    <form onSubmit={onSubmit}>
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
    </form>
  )
}
