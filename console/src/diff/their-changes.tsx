import { type QueryKey, useQuery } from '@tanstack/react-query'
import { FieldChanges, fieldChanges } from './field-changes.tsx'

interface Props {
  queryKey: QueryKey
  /** What one began with. */
  before: object
  /** What it is now. */
  read(): Promise<object>
  labels: { readonly [name: string]: string }
}

/** What the other person changed, so that one can tell whose version is right. */
export function TheirChanges({ queryKey, before, read, labels }: Props) {
  const { data } = useQuery({ queryKey, queryFn: read, staleTime: 0, gcTime: 0 })
  return data ? <FieldChanges changes={fieldChanges(before, data, labels)} /> : null
}
