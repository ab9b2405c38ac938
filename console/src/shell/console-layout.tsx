import { AppShell, Burger, Container, Loader } from '@mantine/core'
import { useDisclosure, useElementSize } from '@mantine/hooks'
import { Suspense, useEffect } from 'react'
import { Navigate, Outlet, useLocation } from 'react-router'
import { FindButton } from '../find/find-button.tsx'
import { t } from '../i18n/t.ts'
import { Notices } from '../parts/notices.tsx'
import { SignedIn, useSession } from '../session/use-session.ts'
import { Arrival } from './arrival.tsx'
import { ConsoleNav } from './console-nav.tsx'
import { NewVersionLine } from './new-version-line.tsx'
import { SkipLink } from './skip-link.tsx'
import { TopBar, topBarPx } from './top-bar.tsx'

/** The console: its navigation and its sign-in check. */
export function ConsoleLayout() {
  const session = useSession()
  const { pathname, search } = useLocation()
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { ref: line, height: linePx } = useElementSize()
  useEffect(close, [pathname])
  if (session === null)
    return <Navigate to={`/sign-in?${new URLSearchParams({ next: pathname + search })}`} replace />
  return (
    <AppShell
      className="with-menu"
      header={{ height: topBarPx + linePx }}
      navbar={{ width: 232, breakpoint: 'md', collapsed: { mobile: !isOpen } }}
      padding={0}
      // An animated menu only delays its reader.
      transitionDuration={0}
    >
      <SkipLink />
      <AppShell.Header>
        <TopBar
          notices={<Notices />}
          search={
            session && (
              <SignedIn value={session}>
                <FindButton />
              </SignedIn>
            )
          }
          burger={
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-expanded={isOpen}
              aria-label={isOpen ? t('Close the menu') : t('Open the menu')}
            />
          }
        />
        <div ref={line}>
          <NewVersionLine />
        </div>
      </AppShell.Header>
      {session && (
        <AppShell.Navbar p="sm" aria-label={t('Console')} data-open={isOpen || undefined}>
          <SignedIn value={session}>
            <ConsoleNav />
          </SignedIn>
        </AppShell.Navbar>
      )}
      <AppShell.Main id="main" tabIndex={-1}>
        <Arrival />
        <Container size="xl" py="lg" px={{ base: 'md', md: 'xl' }}>
          {session ? (
            <SignedIn value={session}>
              <Suspense fallback={<Loader aria-label={t('Loading')} />}>
                <Outlet />
              </Suspense>
            </SignedIn>
          ) : (
            <Loader aria-label={t('Loading')} />
          )}
        </Container>
      </AppShell.Main>
    </AppShell>
  )
}
