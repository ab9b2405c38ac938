import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Session } from 'comserv'
import { comserv } from '../api/client.ts'
import { forgetSignIn, rememberSignIn, wasSignedIn } from './ended-session.ts'

const queryKey = ['session']

/** Who is signed in; null for a guest, undefined until it is known. */
export function useSession(): Session | null | undefined {
  const { data, isError } = useQuery({
    queryKey,
    queryFn: async () => (wasSignedIn() ? await comserv.session.current() : null),
    staleTime: 60_000,
  })
  return isError ? null : data
}

/** The same behind the console's door, where there always is one. */
export function useSignedIn(): Session {
  const session = useQueryClient().getQueryData<Session>(queryKey)
  if (!session) throw new Error('Nobody is signed in.')
  return session
}

/** What the role opens. The server decides anyway; this decides what is worth showing. */
export function useMay(): (scope: Session['scopes'][number]) => boolean {
  const { scopes } = useSignedIn()
  return (scope) => scopes.includes('admin') || scopes.includes(scope)
}

export function enter(queryClient: QueryClient, session: Session): void {
  rememberSignIn()
  queryClient.clear()
  queryClient.setQueryData(queryKey, session)
}

export function leave(queryClient: QueryClient): void {
  forgetSignIn()
  queryClient.clear()
  queryClient.setQueryData(queryKey, null)
}
