import { useSuspenseQuery } from '@tanstack/react-query'
import type { Catalog } from 'comserv'
import { comserv } from '../api/client.ts'
import { word } from '../i18n/words.ts'

const minuteMs = 60_000

export const catalogQuery = {
  queryKey: ['catalog'],
  queryFn: async () => comserv.description.catalog(),
  // Settings change when the server restarts, while pages stay open.
  staleTime: 5 * minuteMs,
}

/** The server's own scopes, roles, limits and times. The first page that needs them waits. */
export function useCatalog(): Catalog {
  return useSuspenseQuery(catalogQuery).data
}

/** `admin` as a label: `Admin`. */
export function labelOf(name: string): string {
  const shown = word(name)
  return shown.charAt(0).toUpperCase() + shown.slice(1)
}

/** A built-in role as a label, another one by its own name. */
export function useRoleLabel(): (role: string) => string {
  const { roles } = useCatalog()
  return (role) => (roles.some(({ name, built_in }) => name === role && built_in) ? labelOf(role) : role)
}

/** The name of a role in a row of a list. */
export function RoleName({ role }: { role: string }) {
  return useRoleLabel()(role)
}

/** The values as options of a select. */
export function optionsOf(named: readonly { name: string }[]): { value: string; label: string }[] {
  return named.map(({ name }) => ({ value: name, label: labelOf(name) }))
}
