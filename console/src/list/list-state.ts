import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

/** Filters, sorting and page of a list. They live in the URL alone, so that links and Back work. */
export interface ListState {
  page: number
  sort: string | undefined
  /** The current filters, by the API's names. */
  filters: Readonly<Record<string, string>>
  setPage(page: number): void
  setSort(sort: string): void
  /** An empty value removes a filter. Filtering returns to the first page. */
  setFilter(name: string, value: string): void
  clearFilters(): void
}

export function useListState(filterNames: readonly string[]): ListState {
  const [params, setParams] = useSearchParams()
  const names = filterNames.join(' ')
  const filters = useMemo(
    () =>
      Object.fromEntries(
        names.split(' ').flatMap((name) => {
          const value = params.get(name)
          return value ? [[name, value]] : []
        }),
      ),
    [params, names],
  )
  const change = useCallback(
    (changes: Record<string, string>, replace = false) =>
      setParams(
        (now) => {
          for (const [name, value] of Object.entries(changes)) {
            if (value) now.set(name, value)
            else now.delete(name)
          }
          return now
        },
        { replace, preventScrollReset: replace },
      ),
    [setParams],
  )
  return {
    page: Math.max(1, Number.parseInt(params.get('page') ?? '1', 10) || 1),
    sort: params.get('sort') ?? undefined,
    filters,
    setPage: (page) => change({ page: page === 1 ? '' : String(page) }),
    setSort: (sort) => change({ sort, page: '' }),
    // Typing into a search box must not fill the history.
    setFilter: (name, value) => change({ [name]: value, page: '' }, name === 'q'),
    clearFilters: () =>
      change({ ...Object.fromEntries(names.split(' ').map((name) => [name, ''])), page: '' }),
  }
}
