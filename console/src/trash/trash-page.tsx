import { Anchor, Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { sentenceOf } from '../api/problem.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { Page } from '../shell/page.tsx'

interface Trashed {
  id: number
  deleted_at: string
  purge_at: string
}

interface Props<T extends Trashed> {
  what: 'users' | 'documents'
  trail: readonly { label: string; to?: string }[]
  queryKey: readonly string[]
  fetch(query: { page?: number }): PromiseLike<{
    data: T[]
    meta: { current_page: number; total_pages: number; total_count: number }
  }>
  nameOf(row: T): ReactNode
  titleOf(row: T): string
  restore(row: T): PromiseLike<unknown>
  pathOf(row: T): string
}

/** What was deleted, until it is gone for good. */
export function TrashPage<T extends Trashed>({ what, trail, queryKey, fetch, ...row }: Props<T>) {
  const columns: readonly Column<T>[] = [
    { label: 'What', render: row.nameOf },
    {
      label: 'Deleted',
      sort: 'deleted_at',
      sortsByDefault: 'descending',
      render: ({ deleted_at }) => <Instant at={deleted_at} relative />,
    },
    { label: 'Gone for good', render: ({ purge_at }) => <Instant at={purge_at} relative /> },
    {
      label: 'Actions',
      isActions: true,
      render: (one) => <Restore queryKey={queryKey} row={row} one={one} />,
    },
  ]
  return (
    <Page
      title={`Deleted ${what}`}
      under={trail}
      lead="What was deleted can be brought back until it is gone for good."
    >
      <ResourceList
        label={`Deleted ${what}`}
        queryKey={[...queryKey, 'trash']}
        fetch={fetch}
        columns={columns}
        empty={<Empty title="The trash is empty">Deleted {what} appear here, and can be brought back.</Empty>}
      />
    </Page>
  )
}

interface RestoreProps<T extends Trashed> {
  queryKey: readonly string[]
  row: Pick<Props<T>, 'restore' | 'pathOf' | 'titleOf'>
  one: T
}

function Restore<T extends Trashed>({ queryKey, row, one }: RestoreProps<T>) {
  const queryClient = useQueryClient()
  const title = row.titleOf(one)
  const { mutate, isPending } = useMutation({
    mutationFn: async () => row.restore(one),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey })
      notifications.show({
        message: (
          <>
            <Anchor component={Link} to={row.pathOf(one)}>
              {title}
            </Anchor>{' '}
            is back.
          </>
        ),
      })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'Not brought back', message: sentenceOf(error) }),
  })
  return (
    <Button
      size="xs"
      variant="default"
      loading={isPending}
      onClick={() => mutate()}
      aria-label={`Bring ${title} back`}
    >
      Bring back
    </Button>
  )
}
