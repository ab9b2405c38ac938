import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useMay } from '../session/use-session.ts'

const minuteMs = 60_000

/** A user by id, named where the person may read users and the user still exists. */
export function UserName({ id }: { id: number }) {
  const may = useMay()
  const mayRead = may('users:read')
  const { data } = useQuery({
    queryKey: ['user-name', id],
    queryFn: () => nameOf(id),
    staleTime: 5 * minuteMs,
    enabled: mayRead,
  })
  if (!data) return <>user {id}</>
  return (
    <Anchor component={Link} to={`/console/users/${id}`}>
      {data}
    </Anchor>
  )
}

async function nameOf(id: number): Promise<string> {
  return (await comserv.users.get(id)).username
}
