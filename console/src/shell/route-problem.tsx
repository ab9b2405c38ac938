import { Button, Container, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { isRouteErrorResponse, useRouteError } from 'react-router'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Warning } from '../parts/warning.tsx'
import { Page } from './page.tsx'

/** A page that failed as a whole, in its place: what stands around it stays, so that there is a way on. */
export function RouteProblem() {
  const error = useRouteError()
  if (isNotLoaded(error)) return <NotLoaded />
  return (
    <Page title="This page has failed">
      <ProblemAlert error={error} retry={() => location.reload()} />
    </Page>
  )
}

/** The same where the frame of the site has failed, too. */
export function SiteProblem() {
  return (
    <Container size="sm" py="xl" component="main">
      <RouteProblem />
    </Container>
  )
}

/** Its file could not be had: there is no connection, or an update of the server has put other files in its place. */
function NotLoaded() {
  const [isOffline, setOffline] = useState(!navigator.onLine)

  /** By a load of its own, which brings the files of the present version; not before there is something to load. */
  async function tryAgain(): Promise<void> {
    try {
      await fetch('/health/live', { cache: 'no-store' })
      location.reload()
    } catch {
      setOffline(true)
    }
  }

  useEffect(() => {
    const back = () => location.reload()
    window.addEventListener('online', back)
    return () => window.removeEventListener('online', back)
  }, [])
  return (
    <Page title={isOffline ? 'You are offline' : 'This page could not be loaded'}>
      <Warning>
        <Text size="sm" mb="xs">
          {isOffline
            ? 'The server cannot be reached. This page is loaded as soon as the connection is back.'
            : 'The server may have been updated since this page was opened. Reload to get the new version.'}
        </Text>
        <Button size="xs" variant="default" onClick={() => void tryAgain()}>
          {isOffline ? 'Try again' : 'Reload'}
        </Button>
      </Warning>
    </Page>
  )
}

/** Each browser has a text of its own for a file that cannot be imported, and Vite one for its style sheet. */
function isNotLoaded(error: unknown): boolean {
  return (
    !isRouteErrorResponse(error) &&
    error instanceof Error &&
    /dynamically imported module|Importing a module script failed|Unable to preload CSS/i.test(error.message)
  )
}
