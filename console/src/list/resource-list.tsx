import { Button, Stack } from '@mantine/core'
import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../i18n/t.ts'
import { Empty } from '../parts/empty.tsx'
import { Reading } from '../parts/reading.tsx'
import { type Filter, FilterBar } from './filter-bar.tsx'
import { useListState } from './list-state.ts'
import { type Column, ListTable, type Row } from './list-table.tsx'
import { ExactTimesProvider, isShown, useView } from './list-view.ts'
import { type Matching, readMatching } from './matching.ts'
import { Pager } from './pager.tsx'
import { ViewMenu } from './view-menu.tsx'

export interface ListOf<T> {
  data: T[]
  meta: { current_page: number; total_pages: number; total_count: number }
}

export interface ListProps<T, Q> {
  /** The name of the list for screen readers: `Users`. */
  label: string
  queryKey: QueryKey
  /** A method of the client library. It gets the query of the URL unchecked, because the API reports errors best. */
  fetch(query: Q): PromiseLike<ListOf<T>>
  columns: readonly Column<T>[]
  filters?: readonly Filter[]
  /** Shown when there are no records at all, as opposed to no matches. */
  empty: ReactNode
  /** Shown above the rows, such as what is done with those that are selected; also where the filters leave none. */
  above?: (rows: readonly T[]) => ReactNode
  /** Checkboxes for the rows, and a bar that is shown below the list. */
  selecting?:
    | { column(rows: readonly T[]): Column<T>; bar?(rows: readonly T[], matching: Matching<T>): ReactNode }
    | undefined
  /** The refresh interval, for records that change on their own. */
  refreshMs?: number
}

/**
 * The one list of the console: filters, sorting and page in the URL, columns and density in the browser, totals of the
 * API, an action when it is empty.
 */
export function ResourceList<T extends Row, Q>(props: ListProps<T, Q>) {
  // All records of a kind share the view of their list: the deliveries of one webhook and of another.
  const name = props.queryKey.filter((part) => typeof part === 'string').join('.')
  return <ViewedList key={name} name={name} {...props} />
}

function ViewedList<T extends Row, Q>({ name, ...props }: ListProps<T, Q> & { name: string }) {
  const { label, queryKey, fetch, columns, filters = [], empty, above, selecting, refreshMs } = props
  const [view, changeView] = useView(name)
  const state = useListState(filters.map(({ name }) => name))
  const query = {
    page: state.page,
    ...(state.limit ? { limit: state.limit } : {}),
    ...(state.sort ? { sort: state.sort } : {}),
    ...state.filters,
  } as Q
  const list = useQuery({
    queryKey: [...queryKey, query],
    queryFn: async () => fetch(query),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs ?? false,
  })
  const { data, isPlaceholderData, isFetching } = list
  const matchingOf = (count: number): Matching<T> => ({
    key: JSON.stringify([state.filters, state.sort]),
    count,
    read: (onRead) => readMatching((page) => fetch({ ...query, ...page }), onRead),
  })
  const isFiltered = Object.keys(state.filters).length > 0

  if (data && data.meta.total_count === 0 && !isFiltered) return empty
  return (
    <Stack gap="sm">
      <FilterBar
        filters={filters}
        state={state}
        isBusy={isFetching && isPlaceholderData}
        end={<ViewMenu columns={columns} view={view} onChange={changeView} />}
      />
      <Reading query={list} label={t('Loading: {{label}}', { label })}>
        {({ data: rows, meta }) => (
          <ExactTimesProvider value={view.hasExactTimes}>
            {above && <UnlessStale isStale={isPlaceholderData}>{above(rows)}</UnlessStale>}
            {rows.length === 0 ? (
              <Empty
                title={isFiltered ? t('Nothing matches') : t('This page is empty')}
                action={
                  <Button
                    variant="default"
                    onClick={isFiltered ? state.clearFilters : () => state.setPage(1)}
                  >
                    {isFiltered ? t('Clear the filters') : t('To the first page')}
                  </Button>
                }
              />
            ) : (
              <ListTable
                label={label}
                rows={rows}
                columns={[
                  ...(selecting ? [selecting.column(rows)] : []),
                  ...columns.filter((column) => isShown(view, column)),
                ]}
                state={state}
                isStale={isPlaceholderData}
                isCompact={view.isCompact}
              />
            )}
            {selecting?.bar && (
              <UnlessStale isStale={isPlaceholderData}>
                {selecting.bar(rows, matchingOf(meta.total_count))}
              </UnlessStale>
            )}
            {rows.length > 0 && <Pager meta={meta} state={state} />}
          </ExactTimesProvider>
        )}
      </Reading>
    </Stack>
  )
}

/** While the next rows load, the former ones are still shown: nothing may be done with what the filters now leave out. */
function UnlessStale({ isStale, children }: { isStale: boolean; children: ReactNode }) {
  return (
    <div inert={isStale} style={{ display: 'contents' }}>
      {children}
    </div>
  )
}
