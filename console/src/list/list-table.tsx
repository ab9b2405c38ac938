import type { PointerEvent, ReactNode } from 'react'
import { Icon } from '../parts/icon.tsx'
import type { ListState } from './list-state.ts'
import './list-table.css'

/** The key of a row. */
export type Row = { id: number } | { version: number }

/**
 * A column of a list. The first one that has no buttons is the main one: it has the link, takes the room that the
 * others leave, and cannot be hidden.
 */
export interface Column<T> {
  /** Its name in what the browser remembers, the same in every language. */
  key: string
  label: string
  render(row: T): ReactNode
  /** The API's sort key; `-name` is descending. */
  sort?: string
  /** The direction of the API's default order, if it is by this column. */
  sortsByDefault?: 'ascending' | 'descending'
  /** The API has no ascending order for it. */
  isOnlyDescending?: boolean
  /** Buttons or a checkbox, which need no label of their own. */
  isActions?: boolean
  /** The heading of such a column, as a checkbox for all rows; without it the label is there for screen readers. */
  heading?: ReactNode
  /** Short values, such as dates and statuses, which are never cut off. */
  isWhole?: boolean
  /** Sentences, which get more room than a name; with `isWhole` they are cut off only where the list is narrow. */
  isLong?: boolean
  /** Left out where the list is narrow, before others are cut off. */
  isSpare?: boolean
  /** Hidden until it is chosen under *View*. */
  isExtra?: boolean
}

interface Props<T> {
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  state: Pick<ListState, 'sort' | 'setSort'>
  isStale: boolean
  isCompact?: boolean
}

/**
 * Columns get as much as they need, up to a limit in the stylesheet, and the main one the rest, but a part of the width in
 * any case. Where that is too much, names and sentences are cut off, down to the width of their headings.
 */
export function ListTable<T extends Row>({ label, rows, columns, state, isStale, isCompact }: Props<T>) {
  const main = columns.find(({ isActions }) => !isActions)
  const classOf = (column: Column<T>) => {
    const { isActions, isWhole, isLong, isSpare } = column
    if (column === main) return 'main'
    if (isActions) return 'actions'
    return [isWhole && 'whole', isLong && 'long', isSpare && 'spare'].filter(Boolean).join(' ') || undefined
  }
  const hasSentences = columns.some(({ isLong }) => isLong)
  const tracks = columns.map((column) =>
    column === main ? 'minmax(var(--main), 1fr)' : 'minmax(auto, max-content)',
  )
  return (
    <div className="list-frame" data-stale={isStale || undefined}>
      <table
        className="list"
        style={{ gridTemplateColumns: tracks.join(' ') }}
        data-compact={isCompact || undefined}
        data-sentences={hasSentences || undefined}
        aria-label={label}
        aria-busy={isStale}
        onPointerOver={titleIfCut}
      >
        <thead>
          <tr>
            {columns.map((column) => (
              <Heading key={column.key} column={column} className={classOf(column)} state={state} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={'id' in row ? row.id : row.version}>
              {columns.map((column) => (
                <td key={column.key} data-label={column.label} className={classOf(column)}>
                  <div className="cell">{column.render(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The whole text on hover, only where it is cut off. */
function titleIfCut({ target }: PointerEvent): void {
  const cell = target instanceof Element ? target.closest('td') : null
  if (!cell) return
  const isCut = [cell, ...cell.querySelectorAll('a, .cell')].some(
    ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth && clientWidth > 0,
  )
  if (isCut) cell.title = cell.innerText
  else cell.removeAttribute('title')
}

interface HeadingProps<T> {
  column: Column<T>
  className: string | undefined
  state: Props<T>['state']
}

function Heading<T>({ column, className, state }: HeadingProps<T>) {
  const { label, sort, sortsByDefault, isOnlyDescending, isActions, heading } = column
  if (isActions) {
    return (
      <th scope="col" className={className}>
        {heading ? (
          <>
            {heading}
            <span className="name">{label}</span>
          </>
        ) : (
          <span className="off-screen">{label}</span>
        )}
      </th>
    )
  }
  if (!sort)
    return (
      <th scope="col" className={className}>
        {label}
      </th>
    )
  const direction =
    state.sort === sort
      ? 'ascending'
      : state.sort === `-${sort}`
        ? 'descending'
        : state.sort
          ? undefined
          : sortsByDefault
  const next = direction === 'descending' && !isOnlyDescending ? sort : `-${sort}`
  return (
    <th scope="col" className={className} aria-sort={direction ?? 'none'}>
      <button type="button" className="sort" onClick={() => state.setSort(next)}>
        {label}
        {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={13} />}
      </button>
      <span className="name">{label}</span>
    </th>
  )
}
