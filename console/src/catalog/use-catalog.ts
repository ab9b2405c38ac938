import { useSuspenseQuery } from '@tanstack/react-query'
import type { Catalog } from 'comserv'
import { comserv } from '../api/client.ts'

/** What the server itself says of its scopes, roles, limits and times. The page waits for it; it is read once. */
export function useCatalog(): Catalog {
  return useSuspenseQuery({
    queryKey: ['catalog'],
    queryFn: () => comserv.description.catalog(),
    staleTime: Number.POSITIVE_INFINITY,
  }).data
}

/** `admin` as a label: `Admin`. */
export function labelOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ')
}

/** To choose one of them. */
export function optionsOf(named: readonly { name: string }[]): { value: string; label: string }[] {
  return named.map(({ name }) => ({ value: name, label: labelOf(name) }))
}
