import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Delivery, Webhook } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { reasonOf } from '../deliveries/reason.ts'
import { number as formatted } from '../i18n/format.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Warning } from '../parts/warning.tsx'

/** What sends the deliveries that are held for this reason. */
const releases: Readonly<Record<string, string>> = {
  paused: t('They are sent when the webhook is resumed.'),
  disabled: t('They are sent when the webhook is resumed.'),
  owner_inactive: t(
    'They are sent when the owner is active again, or when the webhook is handed to somebody else.',
  ),
  owner_lacks_scope: t(
    'They are sent when the role of the owner includes the records, or when the webhook is handed to somebody who may read them.',
  ),
  owner_out_of_reach: t(
    'They are sent when the owner may read the records, or when the webhook is handed to somebody who may.',
  ),
  credential_ended: t(
    'They are sent once somebody takes the webhook over by changing its events or its owner.',
  ),
  credential_lacks_scope: t(
    'They are sent when the key has the scope again, or when somebody changes the events or the owner of the webhook.',
  ),
}

/** How many deliveries of a webhook are held, why, and what sends them. Nothing where none is. */
export function Held({ webhook: { id } }: { webhook: Webhook }) {
  const { data } = useQuery({
    queryKey: ['webhooks', 'deliveries', id, 'held'],
    queryFn: () => comserv.webhooks.deliveries(id, { status: 'held', limit: 100 }),
    refetchInterval: 10_000,
  })
  const count = data?.meta.total_count ?? 0
  if (!data || count === 0) return null
  return (
    <Warning role="status" title={t('{{count}} deliveries are held', { count })}>
      {byReason(data.data).map(({ reason, explained, number }) => (
        <Text key={reason} size="sm">
          {number < data.data.length &&
            `${t('{{part}} of the newest {{all}}', { part: formatted(number), all: formatted(data.data.length) })}: `}
          {explained}. {releases[reason]}
        </Text>
      ))}
      <Text size="sm">
        {rich(
          'They are kept until then, and removed with other old deliveries. <link>Show the held deliveries</link>',
          { link: <Anchor component={Link} to="?status=held" underline="always" /> },
        )}
      </Text>
    </Warning>
  )
}

function byReason(deliveries: readonly Delivery[]) {
  const numbers = new Map<string, number>()
  for (const { reason } of deliveries) if (reason) numbers.set(reason, (numbers.get(reason) ?? 0) + 1)
  return [...numbers]
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, number]) => ({
      reason,
      number,
      explained: capital(reasonOf({ reason } as Delivery) ?? reason),
    }))
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
