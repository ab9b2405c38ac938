import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/** An empty value removes a parameter. */
export type QueryChange = Readonly<Record<string, string>>

interface Options {
  /** Whether it takes the place of the entry in the history. */
  replaces?: boolean
}

/** The query of the URL, as the page shows it, and a way to change it. */
export function useUrlQuery(): [
  query: URLSearchParams,
  change: (change: QueryChange | ((now: URLSearchParams) => QueryChange), options?: Options) => void,
] {
  const [query, setQuery] = useSearchParams()
  const change = useCallback(
    (change: QueryChange | ((now: URLSearchParams) => QueryChange), { replaces = false }: Options = {}) => {
      // The router writes the URL at once, and shows it later: a second change before that builds on the first.
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(typeof change === 'function' ? change(next) : change)) {
        if (value) next.set(name, value)
        else next.delete(name)
      }
      setQuery(next, { replace: replaces, preventScrollReset: replaces })
    },
    [setQuery],
  )
  return [query, change]
}

/** A parameter as a whole number from 1. */
export function positive(text: string | null): number | undefined {
  const number = Number.parseInt(text ?? '', 10)
  return number >= 1 ? number : undefined
}
