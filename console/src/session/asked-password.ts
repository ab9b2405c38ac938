import { useSyncExternalStore } from 'react'
import { t } from '../i18n/t.ts'

/** The request that needs the password of the person again; null while there is none. */
export interface Asked {
  path: string
  settle(isGiven: boolean): void
}

let asked: Asked | null = null
let answer: Promise<boolean> | undefined
const listeners = new Set<() => void>()

/** The person did not give the password; nothing was changed. */
export class NotConfirmed extends Error {
  constructor() {
    super(t('The change was not made, because you did not enter your password.'))
  }
}

/**
 * Opens the dialog, one for all requests that wait at the same time.
 * @returns once the password was given
 * @throws NotConfirmed
 */
export async function askForPassword({ path }: { path: string }): Promise<true> {
  answer ??= new Promise<boolean>((resolve) => {
    set({ path, settle: resolve })
  }).finally(() => {
    answer = undefined
    set(null)
  })
  if (await answer) return true
  throw new NotConfirmed()
}

export function useAsked(): Asked | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => asked,
    () => null,
  )
}

/** Whether a response says that the password was given too long ago (RFC 9470). */
export function needsPassword({ status, headers }: Response): boolean {
  const challenge = headers.get('www-authenticate') ?? ''
  return status === 403 && challenge.includes('error="insufficient_user_authentication"')
}

function set(next: Asked | null): void {
  asked = next
  for (const listener of listeners) listener()
}
