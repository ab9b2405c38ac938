import { Paper } from '@mantine/core'
import type { Application, ApplicationWithSecret } from 'comserv'
import { useState } from 'react'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { Page } from '../shell/page.tsx'
import { ApplicationActions } from './application-actions.tsx'
import { ApplicationSecret } from './application-secret.tsx'
import { applications, kindLabel } from './applications.ts'
import { WhoMayUseIt } from './applications-page.tsx'
import { SetUp } from './set-up.tsx'

export function ApplicationPage() {
  const [rotated, setRotated] = useState<ApplicationWithSecret>()
  if (rotated) {
    return (
      <Page title={t('Store the new secret now')} under={applications.trail}>
        <ApplicationSecret application={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <RecordPage
      kind={applications}
      actions={(read) => <ApplicationActions read={read} onRotated={setRotated} />}
    >
      {(application) => (
        <>
          <Paper withBorder p="lg">
            <ApplicationFacts application={application} />
          </Paper>
          <SetUp application={application} />
        </>
      )}
    </RecordPage>
  )
}

function ApplicationFacts({ application }: { application: Application }) {
  const { kind, redirect_uris, origins, post_logout_redirect_uris, scopes, roles } = application
  const { trusted, id_token_alg, created_at } = application
  return (
    <Facts
      facts={[
        [t('Kind'), kindLabel(kind)],
        [t('Redirect URIs'), <Lines key="redirects" lines={redirect_uris} />],
        origins.length > 0 && [t('Origins'), <Lines key="origins" lines={origins} />],
        post_logout_redirect_uris.length > 0 && [
          t('After signing out'),
          <Lines key="after" lines={post_logout_redirect_uris} />,
        ],
        [
          t('May ask for'),
          <span key="scopes" className="mono">
            {scopes.join(' ')}
          </span>,
        ],
        [t('Who may use it'), <WhoMayUseIt key="roles" roles={roles} />],
        [
          t('Consent'),
          trusted
            ? t('People are not asked: it is trusted')
            : t('Each person is asked before it acts for them'),
        ],
        [t('Signature of id_tokens'), id_token_alg],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}

function Lines({ lines }: { lines: readonly string[] }) {
  return lines.map((line) => (
    <span key={line} className="mono block">
      {line}
    </span>
  ))
}
