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
  // What was known stays when it could not be asked again: who was only cut off has not left.
  return isError && data === undefined ? null : data
}

/** Set at the console's door: a page that is about to be left still knows whose it is. */
export const SignedIn = createContext<Session | null>(null)

/** The same behind the console's door, where there always is one. */
export function useSignedIn(): Session {
  const session = use(SignedIn)
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
  queryClient.setQueryData(sessionKey, session)
}

/** By a load of its own: nothing that was read stays in memory, and no page asks for more in the meantime. */
export function leave(): void {
  forgetSignIn()
  location.assign('/')
}
