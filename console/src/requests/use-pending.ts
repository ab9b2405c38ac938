import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'
import { keyRequests } from './requests.ts'

const minuteMs = 60_000

/** How many requests wait for a decision; 0 for people who do not decide. */
export function usePendingRequests(): number {
  const { data } = useQuery({
    queryKey: [keyRequests.plural, 'pending'],
    queryFn: async () => (await comserv.credentialRequests.list({ status: 'pending', limit: 1 })).meta,
    enabled: useMay()('admin'),
    refetchInterval: minuteMs,
  })
  return data?.total_count ?? 0
}
