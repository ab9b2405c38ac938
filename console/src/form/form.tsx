import type { ComponentProps } from 'react'
import { useFirstField } from './use-first-field.ts'

/** A form that is the purpose of its page or dialog: its first field has the focus. */
export function Form(props: Omit<ComponentProps<'form'>, 'ref'>) {
  return <form {...props} ref={useFirstField()} />
}
