import { type QueryKey, useQuery } from '@tanstack/react-query'
import { FieldChanges, fieldChanges } from './field-changes.tsx'

interface Props<T extends object> {
  queryKey: QueryKey
  /** What one began with. */
  before: T
  /** What it is now. */
  read(): PromiseLike<T>
  labels: Partial<Record<keyof T, string>>
}

/** What the other person changed, so that one can tell whose version is right. */
export function TheirChanges<T extends object>({ queryKey, before, read, labels }: Props<T>) {
  const { data } = useQuery({ queryKey, queryFn: async () => read(), staleTime: 0, gcTime: 0 })
  return data ? <FieldChanges changes={fieldChanges(before, data, labels)} /> : null
}
