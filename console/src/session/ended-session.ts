import type { QueryClient } from '@tanstack/react-query'
import { announceSessionEnd } from './session-end.ts'

/**
 * Whether this browser has signed in. The cookie itself no script can read, and to ask the server each time would make
 * every guest's first request an error.
 */
const key = 'comserv.signed-in'

/** Under which the session is kept among what was read. */
export const sessionKey = ['session']

export function wasSignedIn(): boolean {
  return localStorage.getItem(key) !== null
}

export function rememberSignIn(): void {
  localStorage.setItem(key, 'yes')
}

export function forgetSignIn(): void {
  localStorage.removeItem(key)
}

/** The server no longer knows the session: all that it showed goes, and the way back is kept. */
export function endedSession(queryClient: QueryClient): void {
  if (!wasSignedIn()) return
  // Text that is not saved yet stays; the error beside it says how to save it.
  if (!announceSessionEnd()) return
  forgetSignIn()
  const { pathname, search } = location
  if (pathname.startsWith('/console')) {
    queryClient.clear()
    location.assign(`/sign-in?${new URLSearchParams({ next: pathname + search, ended: 'yes' })}`)
  } else {
    // A page for everybody stays as it is, with what is being typed into it: it may be the sign-in itself.
    queryClient.removeQueries({ type: 'inactive' })
    queryClient.setQueryData(sessionKey, null)
  }
}
