import type { UseFormReturnType } from '@mantine/form'
import { useEffect, useRef } from 'react'
import { t } from '../i18n/t.ts'
import { notice } from '../parts/notice.ts'
import { offersInput, takeInput } from './kept-input.ts'

/** Lets a reload keep what was typed into a form, and shows it there again. */
export function useKeptInput<V extends Record<string, unknown>>(form: UseFormReturnType<V>): void {
  const current = useRef(form)
  current.current = form
  useEffect(() => {
    const { getValues, setValues } = current.current
    // Forms of one page are told apart by their fields.
    const name = Object.keys(getValues()).join()
    const kept = takeInput(name)
    if (kept) {
      setValues({ ...getValues(), ...kept })
      notice(t('What you typed before the reload is here again, except for passwords and secrets.'))
    }
    return offersInput(name, () => {
      const { getValues, isDirty } = current.current
      return Object.fromEntries(Object.entries(getValues()).filter(([field]) => isDirty(field)))
    })
  }, [])
}
