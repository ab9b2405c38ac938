import { type QueryClient, useQuery } from '@tanstack/react-query'
import type { Session } from 'comserv'
import { createContext, use } from 'react'
import { comserv } from '../api/client.ts'
import { forgetSignIn, rememberSignIn, sessionKey, wasSignedIn } from './ended-session.ts'

/** Who is signed in; null for a guest, undefined until it is known. */
export function useSession(): Session | null | undefined {
  const { data, isError } = useQuery({
    queryKey: sessionKey,
    queryFn: async () => (wasSignedIn() ? await comserv.session.current() : null),
    staleTime: 60_000,
  })
  // Keeps the last known session when the request fails: being offline is not signing out.
  return isError && data === undefined ? null : data
}

/** Set once signed in: a page that is about to close still knows whose it is. */
export const SignedIn = createContext<Session | null>(null)

/** The same within the console, where there always is one. */
export function useSignedIn(): Session {
  const session = use(SignedIn)
  if (!session) throw new Error('Nobody is signed in.')
  return session
}

/** The scopes of the role. The server enforces them; this decides what to show. */
export function useMay(): (scope: Session['scopes'][number]) => boolean {
  const { scopes } = useSignedIn()
  return (scope) => scopes.includes('admin') || scopes.includes(scope)
}

export function enter(queryClient: QueryClient, session: Session): void {
  rememberSignIn()
  queryClient.clear()
  queryClient.setQueryData(sessionKey, session)
}

/** By a full page load: nothing read stays in memory, and no page requests more meanwhile. */
export function leave(): void {
  forgetSignIn()
  location.assign('/')
}
