import { Anchor, Paper, SimpleGrid, Stack, Title } from '@mantine/core'
import { Link } from 'react-router'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { Outcomes } from '../webhooks/outcomes.tsx'
import { Attention } from './attention.tsx'
import { Calls } from './calls.tsx'
import { Checklist } from './checklist.tsx'
import { RecentChanges } from './recent-changes.tsx'
import { RecentEvents } from './recent-events.tsx'

/** What somebody who was woken by an alarm wants to know first; each part for those who may see it. */
export function OverviewPage() {
  const { user } = useSignedIn()
  const may = useMay()
  const name = user.profile.first_name || user.username
  const seesCalls = may('credentials:read')
  const seesWebhooks = may('webhooks:read')
  const isAll = may('admin')
  return (
    <Page title={`Welcome, ${name}`} guide="quick-start">
      {(seesCalls || seesWebhooks) && <Attention />}
      {seesCalls && seesWebhooks && <Checklist />}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        {seesCalls && <Calls title={isAll ? 'API calls' : 'Your API calls'} />}
        {seesWebhooks && <Outcomes title={isAll ? 'Webhooks' : 'Your webhooks'} />}
        {may('events:read') ? <RecentEvents /> : may('documents:read') && <RecentChanges />}
        <WhereToGo />
      </SimpleGrid>
    </Page>
  )
}

function WhereToGo() {
  const may = useMay()
  return (
    <Paper withBorder p="lg" component="section" aria-label="Where to go">
      <Title order={2} size="h4" mb="sm">
        Where to go
      </Title>
      <Stack gap="xs">
        {may('documents:read') && <Place to="/console/documents" label="Documents" />}
        {may('users:read') && <Place to="/console/users" label="Users" />}
        <Place to="/docs/quick-start" label="The first call, in a guide" />
        <Place to="/docs/reference" label="Every call, to try" />
      </Stack>
    </Paper>
  )
}

function Place({ to, label }: { to: string; label: string }) {
  return (
    <Anchor component={Link} to={to}>
      {label}
    </Anchor>
  )
}
