import { Button } from '@mantine/core'
import { Link, useLocation } from 'react-router'
import { Empty } from '../parts/empty.tsx'
import { Page } from './page.tsx'

export function NotFoundPage() {
  const { pathname } = useLocation()
  const inConsole = pathname.startsWith('/console')
  return (
    <Page title="There is no such page">
      <Empty
        title={pathname}
        action={
          <Button component={Link} to={inConsole ? '/console' : '/'}>
            {inConsole ? 'Go to the overview' : 'Go to the documentation'}
          </Button>
        }
      >
        There is nothing at this address. It may be mistyped, or the page may have been deleted.
      </Empty>
    </Page>
  )
}
