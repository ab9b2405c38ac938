import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

/** Filters, sorting and page of a list. They live in the URL alone, so that links and Back work. */
export interface ListState {
  page: number
  /** Rows per page, if it is not the API's default. */
  limit: number | undefined
  sort: string | undefined
  /** The current filters, by the API's names. */
  filters: Readonly<Record<string, string>>
  setPage(page: number): void
  /** Stays at the row that is the first one now. */
  setLimit(limit: number): void
  setSort(sort: string): void
  /** An empty value removes a filter. Filtering returns to the first page. */
  setFilter(name: string, value: string): void
  clearFilters(): void
}

/** The API's default. */
export const pageSize = 20

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
  const page = positive(params.get('page')) ?? 1
  const limit = positive(params.get('limit'))
  return {
    page,
    limit,
    sort: params.get('sort') ?? undefined,
    filters,
    setPage: (page) => change({ page: page === 1 ? '' : String(page) }),
    setLimit: (next) => {
      const first = (page - 1) * (limit ?? pageSize)
      const to = Math.floor(first / next) + 1
      change({ limit: next === pageSize ? '' : String(next), page: to === 1 ? '' : String(to) })
    },
    setSort: (sort) => change({ sort, page: '' }),
    // Typing into a search box must not fill the history.
    setFilter: (name, value) => change({ [name]: value, page: '' }, name === 'q'),
    clearFilters: () =>
      change({ ...Object.fromEntries(names.split(' ').map((name) => [name, ''])), page: '' }),
  }
}

function positive(text: string | null): number | undefined {
  const number = Number.parseInt(text ?? '', 10)
  return number >= 1 ? number : undefined
}
