import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'

const minuteMs = 60_000
const page = 100

/** A user by id; named where the person may read users and the user still exists. */
export function UserName({ id }: { id: number }) {
  const name = useUserName(id)
  if (!name) return <>user {id}</>
  return (
    <Anchor component={Link} to={`/console/users/${id}`}>
      {name}
    </Anchor>
  )
}

/** @returns undefined until it is known, and for whom nobody knows */
export function useUserName(id: number | undefined): string | undefined {
  const mayRead = useMay()('users:read')
  const known = useQuery({
    queryKey: ['users', 'names'],
    queryFn: readNames,
    staleTime: 5 * minuteMs,
    enabled: mayRead,
  })
  const isBeyond =
    id !== undefined && known.data !== undefined && !known.data.isAll && !known.data.names.has(id)
  const single = useQuery({
    queryKey: ['users', 'name', id],
    queryFn: async () => (id === undefined ? '' : (await comserv.users.get(id)).username),
    staleTime: 5 * minuteMs,
    enabled: isBeyond,
  })
  return id === undefined ? undefined : (known.data?.names.get(id) ?? single.data)
}

/** One request names everybody in most installations, and asks for nobody who has been deleted. */
async function readNames(): Promise<{ names: Map<number, string>; isAll: boolean }> {
  const { data, meta } = await comserv.users.list({ limit: page })
  return { names: new Map(data.map(({ id, username }) => [id, username])), isAll: meta.total_count <= page }
}
