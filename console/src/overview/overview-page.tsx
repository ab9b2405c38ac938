import { Anchor, Paper, SimpleGrid, Stack, Title } from '@mantine/core'
import { Link } from 'react-router'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { Attention } from './attention.tsx'
import { Checklist } from './checklist.tsx'
import { Figures } from './figures.tsx'
import { RecentChanges } from './recent-changes.tsx'

/** What somebody who was woken by an alarm wants to know first. */
export function OverviewPage() {
  const { user } = useSignedIn()
  const may = useMay()
  const name = user.profile.first_name || user.username
  return (
    <Page title={`Welcome, ${name}`}>
      {may('credentials:read') && may('webhooks:read') && (
        <>
          <Attention />
          <Checklist />
          <Figures />
        </>
      )}
      <SimpleGrid cols={{ base: 1, md: may('events:read') ? 2 : 1 }} spacing="lg">
        {may('events:read') && <RecentChanges />}
        <section>
          <Title order={2} size="h4" mb="xs">
            Where to go
          </Title>
          <Paper withBorder p="lg">
            <Stack gap="xs">
              {may('documents:read') && <Place to="/console/documents" label="Documents" />}
              {may('users:read') && <Place to="/console/users" label="Users" />}
              <Place to="/docs/quick-start" label="The first call, in a guide" />
              <Place to="/docs/reference" label="Every call, to try" />
            </Stack>
          </Paper>
        </section>
      </SimpleGrid>
    </Page>
  )
}

function Place({ to, label }: { to: string; label: string }) {
  return (
    <Anchor component={Link} to={to}>
      {label}
    </Anchor>
  )
}
