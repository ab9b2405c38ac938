import { type QueryKey, useQuery } from '@tanstack/react-query'
import { FieldChanges, fieldChanges } from './field-changes.tsx'

interface Props {
  queryKey: QueryKey
  /** The record as it was read. */
  before: object
  /** The current record. */
  read(): Promise<object>
  labels: { readonly [name: string]: string }
}

/** What the other person changed, to decide which version is right. */
export function TheirChanges({ queryKey, before, read, labels }: Props) {
  const { data } = useQuery({ queryKey, queryFn: read, staleTime: 0, gcTime: 0 })
  return data ? <FieldChanges changes={fieldChanges(before, data, labels)} /> : null
}
