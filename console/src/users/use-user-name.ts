import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { useMay, useSignedIn } from '../session/use-session.ts'

interface UserName {
  name: string | undefined
  isKnown: boolean
  /** The system account, which has no page. */
  isSystem: boolean
}

const minuteMs = 60_000
const page = 100

/** The name of the account that owns records without a user. */
export const systemAccount = t('system account')

/** The name of a user; undefined if the person may not read users, or the user no longer exists. */
export function useUserName(id: number | undefined): UserName {
  const isSystem = id !== undefined && id === useSignedIn().system_account_id
  const mayRead = useMay()('users:read')
  const all = useQuery({
    queryKey: ['users', 'names'],
    queryFn: readNames,
    staleTime: 5 * minuteMs,
    enabled: mayRead && id !== undefined && !isSystem,
  })
  const isBeyond =
    id !== undefined && !isSystem && all.data !== undefined && !all.data.isAll && !all.data.names.has(id)
  const single = useQuery({
    queryKey: ['users', 'name', id],
    queryFn: async () => (id === undefined ? '' : (await comserv.users.get(id)).username),
    staleTime: 5 * minuteMs,
    enabled: isBeyond,
  })
  if (isSystem) return { name: systemAccount, isKnown: true, isSystem }
  return {
    name: id === undefined ? undefined : (all.data?.names.get(id) ?? single.data),
    isKnown: isBeyond ? !single.isPending : !all.isPending,
    isSystem,
  }
}

/** In most installations one request fetches all names, and deleted users are not looked up. */
async function readNames(): Promise<{ names: Map<number, string>; isAll: boolean }> {
  const { data, meta } = await comserv.users.list({ limit: page })
  return { names: new Map(data.map(({ id, username }) => [id, username])), isAll: meta.total_count <= page }
}
