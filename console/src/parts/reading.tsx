import { Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../i18n/t.ts'
import { ProblemAlert } from './problem-alert.tsx'

interface Props<T> {
  /** The TanStack query. */
  query: { data: T | undefined; error: unknown; refetch(): unknown }
  label?: string
  children(data: T): ReactNode
}

/** The data, a loader, or the error. */
export function Reading<T>({ query: { data, error, refetch }, label = t('Loading'), children }: Props<T>) {
  return (
    <>
      {error ? <ProblemAlert error={error} retry={() => void refetch()} /> : null}
      {data === undefined && !error && <Loader aria-label={label} />}
      {data !== undefined && children(data)}
    </>
  )
}
