import { Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { ProblemAlert } from './problem-alert.tsx'

interface Props<T> {
  /** As TanStack Query has it. */
  query: { data: T | undefined; error: unknown; refetch(): unknown }
  label?: string
  children(data: T): ReactNode
}

/** What was read, or that it is being read, or why it cannot be. */
export function Reading<T>({ query: { data, error, refetch }, label = 'Loading', children }: Props<T>) {
  return (
    <>
      {error ? <ProblemAlert error={error} retry={() => void refetch()} /> : null}
      {data === undefined && !error && <Loader aria-label={label} />}
      {data !== undefined && children(data)}
    </>
  )
}
