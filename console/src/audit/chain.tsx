import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Instant } from '../parts/instant.tsx'

const shownOfHash = 12

/** How far the rows are chained, and the hash that stands for all of them. */
export function Chain() {
  const { data: head } = useQuery({
    queryKey: ['audit', 'head'],
    queryFn: () => comserv.auditLog.head(),
    refetchInterval: 10_000,
    // The list below shows why the log cannot be read.
    retry: false,
  })
  if (!head?.chained_at) return null
  const { seq, hash, chained_at, anchor_seq } = head
  return (
    <Group gap="sm" component="section" aria-label="Chain of the audit log">
      <Text size="sm">
        {anchor_seq === 0
          ? `Rows 1 to ${seq.toLocaleString()} are chained`
          : `Rows ${(anchor_seq + 1).toLocaleString()} to ${seq.toLocaleString()} are chained, those before were pruned`}
        , the last <Instant at={chained_at} relative />. Head:{' '}
        <code title={hash}>{hash.slice(0, shownOfHash)}…</code>
        <span className="quiet block">
          Keep the head outside the server: <code>comserv audit verify --head</code> then tells whether a row
          up to it was changed or removed.
        </span>
      </Text>
      <CopyButton text={`${seq}:${hash}`} label="Copy the head" what="the head of the chain" />
    </Group>
  )
}
