import type { ReactNode } from 'react'
import { Icon } from '../parts/icon.tsx'
import type { ListState } from './list-state.ts'
import './list-table.css'

/** The key of a row. */
export type Row = { id: number } | { version: number }

export interface Column<T> {
  label: string
  render(row: T): ReactNode
  /** The API's sort key; `-name` is descending. */
  sort?: string
  /** The direction of the API's default order, if it is by this column. */
  sortsByDefault?: 'ascending' | 'descending'
  /** Buttons, which need no label of their own. */
  isActions?: boolean
  nowrap?: boolean
}

interface Props<T> {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  state: Pick<ListState, 'sort' | 'setSort'>
  isStale: boolean
}

export function ListTable<T extends Row>({ label, rows, columns, state, isStale }: Props<T>) {
  return (
    <div className="list-frame" data-stale={isStale || undefined}>
      <table className="list" aria-label={label} aria-busy={isStale}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.label} column={column} state={state} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={'id' in row ? row.id : row.version}>
              {columns.map(({ label, render, isActions, nowrap }) => (
                <td
                  key={label}
                  data-label={label}
                  className={
                    [isActions && 'actions', nowrap && 'nowrap'].filter(Boolean).join(' ') || undefined
                  }
                >
                  {render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Heading<T>({ column, state }: { column: Column<T>; state: Props<T>['state'] }) {
  const { label, sort, sortsByDefault, isActions } = column
  if (isActions) {
    return (
      <th scope="col">
        <span className="off-screen">{label}</span>
      </th>
    )
  }
  if (!sort) return <th scope="col">{label}</th>
  const direction =
    state.sort === sort
      ? 'ascending'
      : state.sort === `-${sort}`
        ? 'descending'
        : state.sort
          ? undefined
          : sortsByDefault
  const next = direction === 'descending' ? sort : `-${sort}`
  return (
    <th scope="col" aria-sort={direction ?? 'none'}>
      <button type="button" className="sort" onClick={() => state.setSort(next)}>
        {label}
        {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={13} />}
      </button>
    </th>
  )
}
