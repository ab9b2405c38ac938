import { Anchor, Loader, SimpleGrid, Stack } from '@mantine/core'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { Section } from '../parts/section.tsx'
import { useMay, useSignedIn } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { Outcomes } from '../webhooks/outcomes.tsx'
import { Attention } from './attention.tsx'
import { Calls } from './calls.tsx'
import { Checklist } from './checklist.tsx'
import { RecentChanges, RecentEvents } from './recent.tsx'
import { useStanding } from './use-standing.ts'

/** The first things to check after an alarm; each part is shown to those whose role allows it. */
export function OverviewPage() {
  const { user } = useSignedIn()
  const may = useMay()
  const name = user.profile.first_name || user.username
  const seesCalls = may('credentials:read')
  const seesWebhooks = may('webhooks:read')
  const isAll = may('admin')
  // What is above the rest comes first, so that nothing moves.
  const { isPending } = useStanding()
  return (
    <Page title={t('Welcome, {{name}}', { name })} guide="quick-start">
      {isPending ? (
        <Loader aria-label={t('Loading')} />
      ) : (
        <>
          {(seesCalls || seesWebhooks) && <Attention />}
          {seesCalls && seesWebhooks && <Checklist />}
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            {seesCalls && <Calls title={isAll ? t('API calls') : t('Your API calls')} />}
            {seesWebhooks && <Outcomes title={isAll ? t('Webhooks') : t('Your webhooks')} />}
            {may('events:read') ? <RecentEvents /> : may('documents:read') && <RecentChanges />}
            <WhereToGo />
          </SimpleGrid>
        </>
      )}
    </Page>
  )
}

function WhereToGo() {
  const may = useMay()
  return (
    <Section title={t('Where to go')} frame="around">
      <Stack gap="xs">
        {may('documents:read') && <Place to="/console/documents" label={t('Documents')} />}
        {may('users:read') && <Place to="/console/users" label={t('Users')} />}
        <Place to="/docs/quick-start" label={t('Quick start')} />
        <Place to="/docs/reference" label={t('API reference')} />
      </Stack>
    </Section>
  )
}

function Place({ to, label }: { to: string; label: string }) {
  return (
    <Anchor component={Link} to={to}>
      {label}
    </Anchor>
  )
}
