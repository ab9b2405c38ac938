import { useQuery } from '@tanstack/react-query'
import type { Credential, Webhook } from 'comserv'
import { comserv } from '../api/client.ts'

const limit = 100
const none = { credentials: [] as Credential[], webhooks: [] as Webhook[], isKnown: false }

/** The newest keys and webhooks, from which the overview draws its conclusions. */
export function useStanding() {
  const { data } = useQuery({
    queryKey: ['standing'],
    queryFn: async () => {
      const [credentials, webhooks] = await Promise.all([
        comserv.credentials.list({ limit }),
        comserv.webhooks.list({ limit }),
      ])
      return { credentials: credentials.data, webhooks: webhooks.data, isKnown: true }
    },
    refetchInterval: 30_000,
  })
  return data ?? none
}
