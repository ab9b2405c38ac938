import { useQuery } from '@tanstack/react-query'
import type { Credential, Webhook } from 'comserv'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'

const limit = 100
const none = { credentials: [] as Credential[], webhooks: [] as Webhook[], isKnown: false }

/** All keys and webhooks within the reader's reach, from which the overview derives its state. */
export function useStanding() {
  const may = useMay()
  const seesCredentials = may('credentials:read')
  const seesWebhooks = may('webhooks:read')
  const { data, isPending } = useQuery({
    queryKey: ['standing'],
    queryFn: async () => {
      const [credentials, webhooks] = await Promise.all([
        seesCredentials ? Array.fromAsync(comserv.credentials.list({ limit })) : [],
        seesWebhooks ? Array.fromAsync(comserv.webhooks.list({ limit })) : [],
      ])
      return { credentials, webhooks, isKnown: true }
    },
    refetchInterval: 10_000,
  })
  return { ...(data ?? none), isPending }
}
