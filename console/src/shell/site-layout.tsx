import { AppShell, Container } from '@mantine/core'
import { Outlet } from 'react-router'
import { Arrival } from './arrival.tsx'
import { Languages } from './languages.tsx'
import { SkipLink } from './skip-link.tsx'
import { SiteMenu, TopBar, topBarPx } from './top-bar.tsx'

/** The pages that need no sign-in. */
export function SiteLayout() {
  return (
    <AppShell className="with-menu" header={{ height: topBarPx }} padding={0}>
      <SkipLink />
      <AppShell.Header>
        <TopBar burger={<SiteMenu />} />
      </AppShell.Header>
      <AppShell.Main id="main" tabIndex={-1}>
        <Arrival />
        <Container size="lg" py="lg">
          <Outlet />
          <Languages />
        </Container>
      </AppShell.Main>
    </AppShell>
  )
}
