import { createContext, use } from 'react'

/**
 * Who sends what is tried. The key lives in this value alone: not in the address, not in any storage, and it is gone
 * when the documentation is left or loaded anew.
 */
export interface Caller {
  /** `unset` until somebody chooses: then it is the session of who is signed in, else a key. */
  kind: 'unset' | 'key' | 'session'
  key: string
}

export const CallerContext = createContext<readonly [Caller, (caller: Caller) => void] | undefined>(undefined)

export function useCaller(): readonly [Caller, (caller: Caller) => void] {
  const context = use(CallerContext)
  if (!context) throw new Error('This is not within the documentation.')
  return context
}
