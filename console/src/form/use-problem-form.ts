import { type UseFormInput, type UseFormReturnType, useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { useLayoutEffect, useState } from 'react'
import { fieldOf, inLabels, sentenceOf } from '../api/problem.ts'
import { useKeptInput } from './use-kept-input.ts'

/** How a form was submitted, if there is more than one way. */
export interface Way {
  /** The verb, if the form has several. */
  by?: string
  /** Overwrites what somebody else has saved in the meantime. */
  anyway: boolean
}

interface Options<V extends Record<string, unknown>, R> extends UseFormInput<V> {
  initialValues: V
  send(values: V, way: Way): Promise<R>
  onDone(result: R, values: V, way: Way): void
  /** The API's names for fields that the form names differently. */
  apiNames?: Partial<Record<string, keyof V & string>>
  /** For lists of texts with an input for each, of which an error names one: the name of that input, or undefined. */
  rowOf?: (problem: unknown, field: string, values: V) => string | undefined
  /** Labels of fields that are not inputs of their own, or not always shown; those of others are read from the page. */
  labels?: Readonly<Record<string, string>>
}

/**
 * A form whose errors are the API's own: beside the field that they name if it is shown, or else above the buttons.
 * The form checks nothing that the server checks; two sets of rules would one day disagree.
 */
export function useProblemForm<V extends Record<string, unknown>, R>(options: Options<V, R>) {
  const { send, onDone, apiNames = {}, labels = {}, rowOf, ...input } = options
  const form: UseFormReturnType<V> = useForm<V>(input)
  useKeptInput(form)
  const [problem, setProblem] = useState<unknown>(null)
  const { mutate, variables, isPending, error, reset } = useMutation({
    mutationFn: ({ values, way }: { values: V; way: Way }) => send(values, way),
    onSuccess: (result, { values, way }) => onDone(result, values, way),
    onError: (problem) => {
      const field = fieldFor(problem)
      if (!field) return
      form.setFieldError(field, sentenceOf(worded(problem)))
      form.getInputNode(field)?.focus()
    },
  })

  function fieldFor(problem: unknown): string | undefined {
    const known = [...Object.keys(form.getValues()), ...Object.keys(apiNames)]
    const named = fieldOf(problem, known)
    if (named === undefined) return undefined
    return rowOf?.(problem, named, form.getValues()) ?? apiNames[named] ?? named
  }

  function worded(problem: unknown): unknown {
    return inLabels(problem, (name) => {
      const field = apiNames[name] ?? name
      return labels[name] ?? labels[field] ?? labelIn(form.getInputNode(field))
    })
  }

  // A field may be folded away or depend on a choice: its error must not be lost with it.
  useLayoutEffect(() => {
    const said = error && worded(error)
    setProblem(said && fieldFor(error) && isInAForm(sentenceOf(said)) ? null : said)
  }, [error])

  function submit(way: Way): void {
    form.clearErrors()
    mutate({ values: form.getValues(), way })
  }

  return {
    form,
    isPending,
    /** The error that no field shows. */
    problem: error && problem,
    onSubmit: form.onSubmit(() => submit({ anyway: false })),
    /** The other verbs of the form. */
    submitAs: (by: string) => submit({ by, anyway: false }),
    /** Submits again in the same way, overwriting what somebody else has saved. */
    submitAnyway: () => submit({ ...variables?.way, anyway: true }),
    startOver: () => {
      reset()
      form.reset()
    },
  }
}

function isInAForm(sentence: string): boolean {
  return [...document.forms].some(({ textContent }) => textContent.includes(sentence))
}

/** Without the asterisk of a required field, which is an element of its own. */
function labelIn(input: HTMLElement | null): string | undefined {
  const label =
    input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement ? input.labels?.[0] : null
  const text = label && [...label.childNodes].find(({ nodeType }) => nodeType === Node.TEXT_NODE)
  return text?.textContent?.trim() || undefined
}
