import { Button } from '@mantine/core'
import type { Session } from 'comserv'
import { Link, Outlet } from 'react-router'
import { Empty } from '../parts/empty.tsx'
import { Page } from '../shell/page.tsx'
import { useMay, useSignedIn } from './use-session.ts'

/** Pages that a role opens. Whoever followed a link to one without the role is told so, and the server is not asked. */
export function Door({ needs }: { needs: Session['scopes'][number] }) {
  const may = useMay()
  const { user } = useSignedIn()
  if (may(needs)) return <Outlet />
  return (
    <Page title="This page is not yours to open">
      <Empty
        title={`Your role is ${user.role}`}
        action={
          <Button component={Link} to="/console">
            To the overview
          </Button>
        }
      >
        It does not open this page. An administrator can give you another role.
      </Empty>
    </Page>
  )
}
