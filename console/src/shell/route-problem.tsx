import { Button, Container, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { isRouteErrorResponse, useRouteError } from 'react-router'
import { t } from '../i18n/t.ts'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Warning } from '../parts/warning.tsx'
import { siteName } from '../site.ts'
import { lookForNewVersion } from './new-version.ts'
import { Page } from './page.tsx'

/** The error page for a failed page; the navigation around it stays. */
export function RouteProblem() {
  const error = useRouteError()
  if (isNotLoaded(error)) return <NotLoaded />
  return (
    <Page title={t('This page failed')}>
      <ProblemAlert error={error} retry={() => location.reload()} />
    </Page>
  )
}

/** The same when the site's layout has failed too. */
export function SiteProblem() {
  return (
    <Container size="sm" py="xl" component="main">
      <RouteProblem />
    </Container>
  )
}

/** Its file could not be loaded: there is no connection, or a server update has replaced the files. */
function NotLoaded() {
  const [isOffline, setOffline] = useState(!navigator.onLine)
  const [isReplaced, setReplaced] = useState(false)

  /** A full reload, which fetches the files of the current version; not while the server is unreachable. */
  async function tryAgain(): Promise<void> {
    try {
      await fetch('/health/live', { cache: 'no-store' })
      location.reload()
    } catch {
      setOffline(true)
    }
  }

  useEffect(() => {
    void lookForNewVersion().then(setReplaced)
    const back = () => location.reload()
    window.addEventListener('online', back)
    return () => window.removeEventListener('online', back)
  }, [])
  return (
    <Page
      title={
        isReplaced
          ? t('There is a new version')
          : isOffline
            ? t('You are offline')
            : t('This page could not be loaded')
      }
    >
      <Warning>
        <Text size="sm" mb="xs">
          {isReplaced
            ? t('{{siteName}} was updated since this page was opened. Reload to get the new version.', {
                siteName,
              })
            : isOffline
              ? t('The server cannot be reached. This page is loaded as soon as the connection is back.')
              : t(
                  'The server may have been updated since this page was opened. Reload to get the new version.',
                )}
        </Text>
        <Button size="xs" variant="default" onClick={() => void tryAgain()}>
          {isOffline && !isReplaced ? t('Try again') : t('Reload')}
        </Button>
      </Warning>
    </Page>
  )
}

/** Each browser words a failed import differently, and Vite has its own message for style sheets. */
function isNotLoaded(error: unknown): boolean {
  return (
    !isRouteErrorResponse(error) &&
    error instanceof Error &&
    /dynamically imported module|Importing a module script failed|Unable to preload CSS/i.test(error.message)
  )
}
