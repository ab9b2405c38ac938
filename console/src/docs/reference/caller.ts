import { createContext, use } from 'react'

/**
 * The caller of trial requests. The key lives in this value alone: not in the URL or any storage, and it is gone
 * when the documentation is left or reloaded.
 */
export interface Caller {
  /** `unset` until one is chosen: the session if signed in, else a key. */
  kind: 'unset' | 'key' | 'session'
  key: string
}

export const CallerContext = createContext<readonly [Caller, (caller: Caller) => void] | undefined>(undefined)

export function useCaller(): readonly [Caller, (caller: Caller) => void] {
  const context = use(CallerContext)
  if (!context) throw new Error('This is not within the documentation.')
  return context
}
