import { Button, Stack } from '@mantine/core'
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ListedSession } from 'comserv'
import { type ReactNode, useState } from 'react'
import { t } from '../i18n/t.ts'
import type { Column } from '../list/list-table.tsx'
import { type ListOf, ResourceList } from '../list/resource-list.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'

const columns: readonly Column<ListedSession>[] = [
  {
    key: 'browser',
    label: t('Browser'),
    render: ({ user_agent, current }) => (
      <span>
        {browserOf(user_agent)}
        {current && <b> {t('(this one)')}</b>}
      </span>
    ),
  },
  { key: 'ip', label: t('Address'), render: ({ ip }) => <span className="mono">{ip}</span> },
  {
    key: 'last_seen_at',
    label: t('Last seen'),
    isWhole: true,
    render: ({ last_seen_at }) => <Instant at={last_seen_at} relative />,
  },
  {
    key: 'created_at',
    label: t('Signed in'),
    isWhole: true,
    isSpare: true,
    render: ({ created_at }) => <Instant at={created_at} />,
  },
  {
    key: 'expires_at',
    label: t('Ends'),
    isWhole: true,
    render: ({ expires_at }) => <Instant at={expires_at} relative />,
  },
]

interface Props<Q> {
  label: string
  queryKey: QueryKey
  fetch(query: Q): PromiseLike<ListOf<ListedSession>>
  end(id: number): PromiseLike<void>
  empty: ReactNode
  /** What can be done with all of them, below the list. */
  children?: (hasAny: boolean) => ReactNode
}

/** Sessions, each but the current one with a button that ends it. */
export function SessionList<Q>({ label, queryKey, fetch, end, empty, children }: Props<Q>) {
  const [hasAny, setAny] = useState(true)
  const actions: Column<ListedSession> = {
    key: 'actions',
    label: t('Actions'),
    isActions: true,
    render: (session) => <End session={session} queryKey={queryKey} end={end} />,
  }
  return (
    <Stack gap="sm">
      <ResourceList
        label={label}
        queryKey={queryKey}
        fetch={async (query: Q) => {
          const list = await fetch(query)
          setAny(list.meta.total_count > 0)
          return list
        }}
        columns={[...columns, actions]}
        empty={empty}
      />
      {children?.(hasAny)}
    </Stack>
  )
}

function End<Q>({
  session: { id, current },
  queryKey,
  end,
}: { session: ListedSession } & Pick<Props<Q>, 'queryKey' | 'end'>) {
  const queryClient = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: async () => end(id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
    onError: (error) => noticeOfProblem(t('Not ended'), error),
  })
  if (current) return null
  return (
    <Button
      size="xs"
      variant="default"
      loading={isPending}
      onClick={() => mutate()}
      aria-label={t('End session {{id}}', { id })}
    >
      {t('End')}
    </Button>
  )
}

/** The recognisable browser name in a user agent. */
export function browserOf(userAgent: string | null): string {
  if (!userAgent) return t('unknown')
  const names = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ] as const
  const browser = names.find(([mark]) => userAgent.includes(mark))?.[1] ?? userAgent.split(' ')[0]
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0]
  return system
    ? t('{{browser}} on {{system}}', { browser, system: system.replace('Mac OS X', 'Mac') })
    : (browser ?? userAgent)
}
