import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'

const minuteMs = 60_000
const page = 100

/** A user by id; named where the person may read users and the user still exists. */
export function UserName({ id }: { id: number }) {
  const mayRead = useMay()('users:read')
  const known = useQuery({
    queryKey: ['users', 'names'],
    queryFn: readNames,
    staleTime: 5 * minuteMs,
    enabled: mayRead,
  })
  const isBeyond = known.data !== undefined && !known.data.isAll && !known.data.names.has(id)
  const single = useQuery({
    queryKey: ['users', 'name', id],
    queryFn: async () => (await comserv.users.get(id)).username,
    staleTime: 5 * minuteMs,
    enabled: isBeyond,
  })
  const name = known.data?.names.get(id) ?? single.data
  if (!name) return <>user {id}</>
  return (
    <Anchor component={Link} to={`/console/users/${id}`}>
      {name}
    </Anchor>
  )
}

/** One request names everybody in most installations, and asks for nobody who has been deleted. */
async function readNames(): Promise<{ names: Map<number, string>; isAll: boolean }> {
  const { data, meta } = await comserv.users.list({ limit: page })
  return { names: new Map(data.map(({ id, username }) => [id, username])), isAll: meta.total_count <= page }
}
