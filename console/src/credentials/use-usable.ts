import { useQuery } from '@tanstack/react-query'
import type { Credential, Scope } from 'comserv'
import { comserv } from '../api/client.ts'
import { useSession } from '../session/use-session.ts'
import { expanded } from './scopes.ts'

/** The single scopes that a key can use now. A guest may not read the catalog, and is told by the names. */
export function useUsable({ scopes, withheld_scopes }: Pick<Credential, 'scopes' | 'withheld_scopes'>) {
  const isSignedIn = Boolean(useSession())
  const { data } = useQuery({
    queryKey: ['catalog'],
    queryFn: () => comserv.description.catalog(),
    enabled: isSignedIn,
  })
  const single = (data?.scopes ?? []).map(({ name }) => name as Scope).filter((name) => name.includes(':'))
  const given = scopes.includes('admin') ? single : expanded(data?.scopes ?? [], scopes as Scope[])
  return given.filter((scope) => !withheld_scopes.some((one) => one === scope))
}
