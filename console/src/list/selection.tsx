import { Checkbox } from '@mantine/core'
import { useRef, useState } from 'react'
import { t } from '../i18n/t.ts'
import type { Column } from './list-table.tsx'

export interface Selection<T> {
  /**
   * Of the rows that are shown: what is out of sight is not acted upon, unless all that match were selected.
   * @param key of what matches now
   */
  of(rows: readonly T[], key?: string): T[]
  set(rows: readonly T[]): void
  /** Also those on other pages, until the filters change. */
  setAll(rows: readonly T[], key: string): void
  isSelectable(row: T): boolean
  column(rows: readonly T[]): Column<T>
}

interface Options<T> {
  titleOf(row: T): string
  /** Rows without it have no checkbox. */
  isSelectable?: (row: T) => boolean
}

/** Rows that are selected by checkboxes; with Shift, all from the last one that was clicked. */
export function useSelection<T extends { id: number }>({
  titleOf,
  isSelectable = () => true,
}: Options<T>): Selection<T> {
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set())
  const [beyond, setBeyond] = useState<{ rows: readonly T[]; key: string }>()
  const last = useRef<number>(undefined)
  const isRange = useRef(false)

  function toggle(rows: readonly T[], id: number, isChecked: boolean): void {
    const ids = rows.filter(isSelectable).map((row) => row.id)
    const from = isRange.current && last.current !== undefined ? ids.indexOf(last.current) : -1
    const to = ids.indexOf(id)
    const range = from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1)
    last.current = id
    setSelected((before) => {
      const next = new Set(before)
      for (const one of range)
        if (isChecked) next.add(one)
        else next.delete(one)
      return next
    })
  }

  return {
    of: (rows, key) => {
      const all = beyond && beyond.key === key ? beyond.rows : []
      const known = new Map([...all, ...rows].map((row) => [row.id, row]))
      return [...known.values()].filter(({ id }) => selected.has(id))
    },
    set: (rows) => setSelected(new Set(rows.map(({ id }) => id))),
    setAll: (rows, key) => {
      const selectable = rows.filter(isSelectable)
      setBeyond({ rows: selectable, key })
      setSelected(new Set(selectable.map(({ id }) => id)))
    },
    isSelectable,
    column: (rows) => {
      const possible = rows.filter(isSelectable)
      const count = possible.filter(({ id }) => selected.has(id)).length
      const isAll = possible.length > 0 && count === possible.length
      return {
        key: 'select',
        label: t('Select'),
        isActions: true,
        heading: (
          <Checkbox
            size="xs"
            aria-label={t('Select all on this page')}
            checked={isAll}
            indeterminate={count > 0 && !isAll}
            disabled={possible.length === 0}
            onChange={() => setSelected(new Set(isAll ? [] : possible.map(({ id }) => id)))}
          />
        ),
        render: (row) =>
          isSelectable(row) && (
            <Checkbox
              size="xs"
              aria-label={t('Select {{title}}', { title: titleOf(row) })}
              checked={selected.has(row.id)}
              onClick={({ shiftKey }) => {
                isRange.current = shiftKey
              }}
              onChange={({ currentTarget: { checked } }) => toggle(rows, row.id, checked)}
            />
          ),
      }
    },
  }
}
