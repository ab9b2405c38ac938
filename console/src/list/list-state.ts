import { useMemo } from 'react'
import { positive, useUrlQuery } from './url-query.ts'

/** Filters, sorting and page of a list. They live in the URL alone, so that links and Back work. */
export interface ListState {
  page: number
  /** Rows per page, if it is not the API's default. */
  limit: number | undefined
  sort: string | undefined
  /** The current filters, by the API's names. */
  filters: Readonly<Record<string, string>>
  /** @param page or what leads to it from the newest one, which may not be shown yet */
  setPage(page: number | ((now: number) => number)): void
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
  const [query, change] = useUrlQuery()
  const names = filterNames.join(' ')
  const filters = useMemo(
    () =>
      Object.fromEntries(
        names.split(' ').flatMap((name) => {
          const value = query.get(name)
          return value ? [[name, value]] : []
        }),
      ),
    [query, names],
  )
  return {
    page: pageOf(query),
    limit: positive(query.get('limit')),
    sort: query.get('sort') ?? undefined,
    filters,
    setPage: (page) =>
      change((now) => ({ page: pageText(typeof page === 'function' ? page(pageOf(now)) : page) })),
    setLimit: (next) =>
      change((now) => {
        const first = (pageOf(now) - 1) * (positive(now.get('limit')) ?? pageSize)
        return {
          limit: next === pageSize ? '' : String(next),
          page: pageText(Math.floor(first / next) + 1),
        }
      }),
    setSort: (sort) => change({ sort, page: '' }),
    // Typing into a search box must not fill the history.
    setFilter: (name, value) => change({ [name]: value, page: '' }, { replaces: name === 'q' }),
    clearFilters: () =>
      change({ ...Object.fromEntries(names.split(' ').map((name) => [name, ''])), page: '' }),
  }
}

function pageOf(query: URLSearchParams): number {
  return positive(query.get('page')) ?? 1
}

function pageText(page: number): string {
  return page === 1 ? '' : String(page)
}
