import { useQuery } from '@tanstack/react-query'
import { comserv } from '../api/client.ts'
import { useMay, useSignedIn } from '../session/use-session.ts'

interface UserName {
  name: string | undefined
  isKnown: boolean
  /** It is nobody, and has no page. */
  isSystem: boolean
}

const minuteMs = 60_000
const page = 100

/** What the account is called that owns what was made for nobody in particular. */
export const systemAccount = 'system account'

/** The name of a user; undefined where the person may not read users, or there is no such user any more. */
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

/** One request names everybody in most installations, and asks for nobody who has been deleted. */
async function readNames(): Promise<{ names: Map<number, string>; isAll: boolean }> {
  const { data, meta } = await comserv.users.list({ limit: page })
  return { names: new Map(data.map(({ id, username }) => [id, username])), isAll: meta.total_count <= page }
}
