import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ListedSession } from 'comserv'
import { comserv } from '../api/client.ts'
import type { Column } from '../list/list-table.tsx'
import { ResourceList } from '../list/resource-list.tsx'
import { Instant } from '../parts/instant.tsx'
import { noticeOfProblem } from '../parts/notice.ts'

const queryKey = ['me', 'sessions']

const columns: readonly Column<ListedSession>[] = [
  {
    label: 'Browser',
    render: ({ user_agent, current }) => (
      <span>
        {browserOf(user_agent)}
        {current && <b> (this one)</b>}
      </span>
    ),
  },
  { label: 'Address', render: ({ ip }) => <span className="mono">{ip}</span> },
  { label: 'Last seen', render: ({ last_seen_at }) => <Instant at={last_seen_at} relative /> },
  { label: 'Signed in', render: ({ created_at }) => <Instant at={created_at} /> },
  { label: 'Ends', render: ({ expires_at }) => <Instant at={expires_at} relative /> },
  { label: 'Actions', isActions: true, render: (session) => <End session={session} /> },
]

export function MySessions() {
  return (
    <ResourceList
      label="My sessions"
      queryKey={queryKey}
      fetch={comserv.me.sessions}
      columns={columns}
      empty={null}
    />
  )
}

function End({ session: { id, current } }: { session: ListedSession }) {
  const queryClient = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => comserv.me.endSession(id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
    onError: (error) => noticeOfProblem('Not ended', error),
  })
  if (current) return null
  return (
    <Button
      size="xs"
      variant="default"
      loading={isPending}
      onClick={() => mutate()}
      aria-label={`End session ${id}`}
    >
      End
    </Button>
  )
}

/** The recognisable browser name in a user agent. */
function browserOf(userAgent: string | null): string {
  if (!userAgent) return 'unknown'
  const names = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ] as const
  const browser = names.find(([mark]) => userAgent.includes(mark))?.[1] ?? userAgent.split(' ')[0]
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(userAgent)?.[0]
  return system ? `${browser} on ${system.replace('Mac OS X', 'Mac')}` : (browser ?? userAgent)
}
