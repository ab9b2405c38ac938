import { type UseFormInput, type UseFormReturnType, useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { fieldOf, sentenceOf } from '../api/problem.ts'

interface Options<V extends Record<string, unknown>, R> extends UseFormInput<V> {
  initialValues: V
  send(values: V): Promise<R>
  onDone(result: R, values: V): void
  /** Names that the API has for fields, where the form has others. */
  apiNames?: Partial<Record<string, keyof V & string>>
}

/**
 * A form whose errors are the API's own: beside the field that they name, or above the buttons where they name none.
 * The form checks nothing that the server checks; two sets of rules would one day disagree.
 */
export function useProblemForm<V extends Record<string, unknown>, R>(options: Options<V, R>) {
  const { send, onDone, apiNames = {}, ...input } = options
  const form: UseFormReturnType<V> = useForm<V>(input)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: send,
    onSuccess: onDone,
    onError: (problem) => {
      const field = fieldFor(problem)
      if (!field) return
      form.setFieldError(field, sentenceOf(problem))
      form.getInputNode(field)?.focus()
    },
  })

  function fieldFor(problem: unknown): string | undefined {
    const known = [...Object.keys(form.getValues()), ...Object.keys(apiNames)]
    const named = fieldOf(problem, known)
    return named === undefined ? undefined : (apiNames[named] ?? named)
  }

  return {
    form,
    isPending,
    /** What no field shows. */
    problem: error && !fieldFor(error) ? error : null,
    onSubmit: form.onSubmit((values) => {
      form.clearErrors()
      mutate(values)
    }),
    startOver: () => {
      reset()
      form.reset()
    },
  }
}
