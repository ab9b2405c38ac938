import { createContext, useContext, useRef, useState } from 'react'
import { readStored, storeText } from '../parts/stored.ts'

/** How a list looks in this browser. What it shows (page, filters, order) is in the URL instead. */
export interface View {
  isCompact: boolean
  hasExactTimes: boolean
  /** The columns that were switched on or off, by key. */
  columns: Readonly<Record<string, boolean>>
}

const initial: View = { isCompact: false, hasExactTimes: false, columns: {} }

/** The view of a list, remembered under the name of the list. */
export function useView(name: string): [view: View, change: (change: Partial<View>) => void] {
  const key = `comserv.list.${name}`
  const [view, setView] = useState(() => viewOf(readStored(key)))
  const newest = useRef(view)
  return [
    view,
    (change) => {
      newest.current = { ...newest.current, ...change }
      setView(newest.current)
      storeText(key, JSON.stringify(newest.current))
    },
  ]
}

/** Anything can be in the storage: an older version, an extension, or a person may have written it. */
function viewOf(stored: unknown): View {
  if (typeof stored !== 'object' || stored === null) return initial
  const { isCompact, hasExactTimes, columns } = stored as Record<string, unknown>
  const chosen = typeof columns === 'object' && columns !== null ? Object.entries(columns) : []
  return {
    isCompact: isCompact === true,
    hasExactTimes: hasExactTimes === true,
    columns: Object.fromEntries(chosen.filter(([, isShown]) => typeof isShown === 'boolean')),
  }
}

interface Choosable {
  key: string
  isExtra?: boolean
}

export function isShown({ columns }: View, { key, isExtra }: Choosable): boolean {
  return columns[key] ?? !isExtra
}

const ExactTimes = createContext(false)
export const ExactTimesProvider = ExactTimes.Provider

export function useExactTimes(): boolean {
  return useContext(ExactTimes)
}
