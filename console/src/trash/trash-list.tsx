import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { notice } from '../parts/notice.ts'

interface Trashed {
  id: number
  deleted_at: string
  purge_at: string
}

interface ListPage<T> {
  data: T[]
  meta: { current_page: number; total_pages: number; total_count: number }
}

interface Props<T, Q> {
  /** The first part of the query keys of what lies in it: `users`. */
  of: string
  fetch(query: Q): PromiseLike<ListPage<T>>
  /** What tells one from another. */
  columns: readonly Column<T>[]
  nameOf(row: T): string
  restore(id: number): Promise<unknown>
  /** What it means that it is back. */
  restores: string
}

/** What was deleted and can still be brought back, with the day on which it cannot any more. */
export function TrashList<T extends Trashed, Q>({
  of,
  fetch,
  columns,
  nameOf,
  restore,
  restores,
}: Props<T, Q>) {
  const queryClient = useQueryClient()
  const [asked, setAsked] = useState<T>()
  const all: readonly Column<T>[] = [
    ...columns,
    {
      label: 'Deleted',
      sort: 'deleted_at',
      sortsByDefault: 'descending',
      nowrap: true,
      render: ({ deleted_at }) => <Instant at={deleted_at} />,
    },
    { label: 'Gone for good', nowrap: true, render: ({ purge_at }) => <Instant at={purge_at} /> },
    {
      label: 'Actions',
      isActions: true,
      render: (row) => (
        <Button
          size="xs"
          variant="default"
          aria-label={`Restore ${nameOf(row)}`}
          onClick={() => setAsked(row)}
        >
          Restore
        </Button>
      ),
    },
  ]
  const name = asked ? nameOf(asked) : ''
  return (
    <>
      <ResourceList
        label={`Deleted ${of}`}
        queryKey={[of, 'trash']}
        fetch={fetch}
        columns={all}
        empty={
          <Empty title="The trash is empty">What is deleted can be brought back from here for a time.</Empty>
        }
      />
      <Confirm
        opened={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={`Restore “${name}”?`}
        verb="Restore"
        harmless
        act={async () => {
          if (asked) await restore(asked.id)
        }}
        onDone={() => {
          void queryClient.invalidateQueries({ queryKey: [of] })
          notice(`“${name}” is back.`)
        }}
      >
        {restores}
      </Confirm>
    </>
  )
}
