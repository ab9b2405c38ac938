import { useQuery } from '@tanstack/react-query'
import type { ListedDocument } from 'comserv'
import { comserv } from '../api/client.ts'
import { Status } from '../parts/status.tsx'

const page = 100
/** Beyond this number only the oldest are marked; the list's filter shows them all. */
const markedMax = 1_000

/** A list does not say which drafts are scheduled; one more request does, if a draft is listed. */
export function ListedStatus({ id, status }: ListedDocument) {
  const scheduled = useQuery({
    queryKey: ['documents', 'scheduled'],
    queryFn: readScheduled,
    enabled: status === 'draft',
  })
  return <Status value={scheduled.data?.has(id) ? 'scheduled' : status} />
}

async function readScheduled(): Promise<Set<number>> {
  const ids = new Set<number>()
  for await (const { id } of comserv.documents.list({ scheduled: true, limit: page })) {
    ids.add(id)
    if (ids.size === markedMax) break
  }
  return ids
}
