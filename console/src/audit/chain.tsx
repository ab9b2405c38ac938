import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { AuditHead } from 'comserv'
import { comserv } from '../api/client.ts'
import { number } from '../i18n/format.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
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
      aria-label={t('Chain of the audit log')}
      className={isExpected ? 'invisible' : undefined}
    >
      <Text size="sm">
        {rich(
          anchor_seq === 0
            ? 'Rows 1 to {{to}} are chained, the last <time/>. Head: <code/>'
            : 'Rows {{from}} to {{to}} are chained, those before were pruned, the last <time/>. Head: <code/>',
          {
            from: number(anchor_seq + 1),
            to: number(seq),
            time: <Instant at={chained_at} relative />,
            code: <code title={hash}>{hash.slice(0, shownOfHash)}…</code>,
          },
        )}
        <span className="quiet block">
          {rich(
            'Keep the head outside the server: <code>comserv audit verify --head</code> then tells whether a row up to it was changed or removed.',
            { code: <code /> },
          )}
        </span>
      </Text>
      <CopyButton text={`${seq}:${hash}`} label={t('Copy the head')} what={t('the head of the chain')} />
    </Group>
  )
}
