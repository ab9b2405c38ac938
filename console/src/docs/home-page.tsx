import { guides } from 'virtual:guides'
import { Anchor, Button, Group, Text, Title } from '@mantine/core'
import { useEffect } from 'react'
import { Link, useLoaderData } from 'react-router'
import { useSession } from '../session/use-session.ts'
import { siteName } from '../site.ts'
import type { Guide } from './guide.ts'
import './guide.css'
import { GuideBody } from './guide-body.tsx'
import { Neighbours } from './neighbours.tsx'
import { TableOfContents } from './table-of-contents.tsx'
import '../shell/page.css'

export async function loadOverview(): Promise<Guide> {
  const overview = guides.find(({ name }) => name === 'overview')
  if (!overview) throw new Error('There is no overview.')
  return (await overview.load()).guide
}

/** The home page: who is signed in, where to start, and an overview of the API. */
export function HomePage() {
  const guide = useLoaderData<Guide>()
  const title = `${siteName} ${guide.title}`
  useEffect(() => {
    document.title = title
  }, [title])
  return (
    <>
      <header className="home-head">
        <Welcome />
        <Title order={1} className="page-title">
          {title}
        </Title>
        <Group mt="md" gap="sm">
          <Button component={Link} to="/docs/quick-start">
            Quick start
          </Button>
          <Button component={Link} to="/docs/reference" variant="default">
            API reference
          </Button>
        </Group>
      </header>
      <div className="guide">
        <TableOfContents headings={guide.headings} />
        <GuideBody guide={guide} />
      </div>
      <Neighbours name="overview" />
    </>
  )
}

function Welcome() {
  const session = useSession()
  if (session)
    return <Text c="dimmed">Welcome, {session.user.profile.first_name ?? session.user.username}</Text>
  return (
    <Text c="dimmed">
      Welcome, guest
      {session === null && (
        <>
          {' · '}
          <Anchor component={Link} to="/sign-in?next=%2F" underline="always">
            Sign in
          </Anchor>
        </>
      )}
    </Text>
  )
}
