import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { AuditHead } from 'comserv'
import { comserv } from '../api/client.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Instant } from '../parts/instant.tsx'

const shownOfHash = 12

/** How far the rows are chained, and the hash that stands for all of them. */
export function Chain() {
  const { data: head, isPending } = useQuery({
    queryKey: ['audit', 'head'],
    queryFn: () => comserv.auditLog.head(),
    refetchInterval: 10_000,
    // The list below shows why the log cannot be read.
    retry: false,
  })
  if (isPending) return <ChainOf head={expected} isExpected />
  return head?.chained_at ? <ChainOf head={{ ...head, chained_at: head.chained_at }} /> : null
}

type Head = Omit<AuditHead, 'chained_at' | 'anchor_hash'> & { chained_at: string }

/** As long as what is about to arrive, so that the list below does not move. */
const expected: Head = {
  seq: 1_000,
  hash: '0'.repeat(64),
  chained_at: new Date(0).toISOString(),
  anchor_seq: 0,
}

function ChainOf({
  head: { seq, hash, chained_at, anchor_seq },
  isExpected = false,
}: {
  head: Head
  isExpected?: boolean
}) {
  return (
    <Group
      gap="sm"
      component="section"
      aria-label="Chain of the audit log"
      className={isExpected ? 'invisible' : undefined}
    >
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
