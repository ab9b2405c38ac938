import type { QueryClient } from '@tanstack/react-query'
import { forgetInput } from '../form/kept-input.ts'
import { forget, readText, storeText } from '../parts/stored.ts'
import { announceSessionEnd } from './session-end.ts'

/**
 * Whether this browser has signed in. Scripts cannot read the cookie, and a request each time would make
 * every guest's first request an error.
 */
const key = 'comserv.signed-in'

/** The query key of the session. */
export const sessionKey = ['session']

export function wasSignedIn(): boolean {
  return readText(key) !== null
}

export function rememberSignIn(): void {
  storeText(key, 'yes')
}

export function forgetSignIn(): void {
  forgetInput()
  forget(key)
}

/** The server no longer knows the session: all cached data is dropped, and the current location is kept. */
export function endedSession(queryClient: QueryClient): void {
  if (!wasSignedIn()) return
  // Unsaved text stays; the error beside it says how to save it.
  if (!announceSessionEnd()) return
  forgetSignIn()
  const { pathname, search } = location
  if (pathname.startsWith('/console')) {
    queryClient.clear()
    location.assign(`/sign-in?${new URLSearchParams({ next: pathname + search, ended: 'yes' })}`)
  } else {
    // A public page stays as it is, with its input: it may be the sign-in itself.
    queryClient.removeQueries({ type: 'inactive' })
    queryClient.setQueryData(sessionKey, null)
  }
}
