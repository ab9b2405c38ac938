import { AppShell, Burger, Container } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { Link, Outlet, useLocation } from 'react-router'
import { t } from '../i18n/t.ts'
import { Arrival } from '../shell/arrival.tsx'
import { SkipLink } from '../shell/skip-link.tsx'
import { TopBar, topBarPx } from '../shell/top-bar.tsx'
import { contentsPath } from './chapters.ts'
import './docs.css'
import { DocsNav } from './docs-nav.tsx'
import { type Caller, CallerContext } from './reference/caller.ts'
import { SearchButton } from './search/search-button.tsx'

/** The documentation: its navigation beside every page, its search in the bar above. */
export function DocsLayout() {
  const [isOpen, { toggle, close }] = useDisclosure(false)
  const { pathname, hash } = useLocation()
  // Held above all pages, so that the key outlives a look at a guide, but not the documentation.
  const [caller, setCaller] = useState<Caller>({ kind: 'unset', key: '' })
  // Choosing a page closes the menu.
  useEffect(close, [pathname, hash])
  return (
    <CallerContext value={[caller, setCaller]}>
      <AppShell
        className="docs with-menu"
        header={{ height: topBarPx }}
        navbar={{ width: 256, breakpoint: 'md', collapsed: { mobile: !isOpen } }}
        padding={0}
        // An animated menu only delays its reader.
        transitionDuration={0}
      >
        <SkipLink />
        <AppShell.Header>
          <TopBar
            search={
              <>
                <SearchButton />
                <Link to={contentsPath} className="without-script" lang="en">
                  Contents
                </Link>
              </>
            }
            burger={
              <>
                <Burger
                  opened={isOpen}
                  onClick={toggle}
                  hiddenFrom="md"
                  size="sm"
                  aria-expanded={isOpen}
                  aria-label={isOpen ? t('Close the menu') : t('Open the menu')}
                />
                <a className="menu-link" href="#menu">
                  Menu
                </a>
              </>
            }
          />
        </AppShell.Header>
        <AppShell.Navbar
          id="menu"
          p="sm"
          lang="en"
          aria-label="Documentation"
          data-open={isOpen || undefined}
        >
          <DocsNav />
        </AppShell.Navbar>
        <AppShell.Main id="main" lang="en" tabIndex={-1}>
          <Arrival />
          <Container size="xl" py="lg" px={{ base: 'md', md: 'xl' }}>
            <Outlet />
          </Container>
        </AppShell.Main>
      </AppShell>
    </CallerContext>
  )
}
