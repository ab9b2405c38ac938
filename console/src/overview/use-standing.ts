import { useQuery } from '@tanstack/react-query'
import type { Credential, Webhook } from 'comserv'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'

const limit = 100
const none = { credentials: [] as Credential[], webhooks: [] as Webhook[], isKnown: false }

/** The newest keys and webhooks, as far as the reader may see them, from which the overview draws its conclusions. */
export function useStanding() {
  const may = useMay()
  const seesCredentials = may('credentials:read')
  const seesWebhooks = may('webhooks:read')
  const { data } = useQuery({
    queryKey: ['standing'],
    queryFn: async () => {
      const [credentials, webhooks] = await Promise.all([
        seesCredentials ? comserv.credentials.list({ limit }) : undefined,
        seesWebhooks ? comserv.webhooks.list({ limit }) : undefined,
      ])
      return { credentials: credentials?.data ?? [], webhooks: webhooks?.data ?? [], isKnown: true }
    },
    refetchInterval: 10_000,
  })
  return data ?? none
}
