import { Button, Loader, Paper } from '@mantine/core'
import type { Answer, Credential, CredentialWithSecret } from 'comserv'
import { useState } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Facts } from '../parts/facts.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { lazyPart } from '../parts/lazy-part.tsx'
import { Rotate } from '../parts/rotate.tsx'
import { Section } from '../parts/section.tsx'
import { Status } from '../parts/status.tsx'
import { Access } from '../permissions/access.tsx'
import { EndFormer } from '../record/end-former.tsx'
import { RecordPage } from '../record/record-page.tsx'
import { useChanged } from '../record/use-record.ts'
import { RequestsOfKey } from '../request-log/requests-of-key.tsx'
import { RuleList } from '../rules/rule-list.tsx'
import { useMay } from '../session/use-session.ts'
import { Page } from '../shell/page.tsx'
import { HandOver } from '../users/hand-over.tsx'
import { UserName } from '../users/user-name.tsx'
import { credentials } from './credentials.ts'
import { KeyName } from './key-name.tsx'
import { RevokeCredential } from './revoke-credential.tsx'
import { SecretShown } from './secret-shown.tsx'
import { tierWords } from './tier-words.ts'

const Usage = lazyPart(
  async () => (await import('./usage.tsx')).Usage,
  <Loader aria-label={t('Loading the chart')} />,
)

export function CredentialPage() {
  const [rotated, setRotated] = useState<CredentialWithSecret>()
  const seesUsage = useMay()('credentials:read')
  if (rotated) {
    return (
      <Page title={t('Store the new secret now')} under={credentials.trail}>
        <SecretShown credential={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <RecordPage
      kind={credentials}
      refreshMs={10_000}
      actions={(read) => <CredentialActions read={read} onRotated={setRotated} />}
    >
      {(credential) => (
        <>
          <Paper withBorder p="lg">
            <CredentialFacts credential={credential} />
          </Paper>
          {seesUsage && (
            <Section title={t('Usage')}>
              <Usage id={credential.id} />
            </Section>
          )}
          <Access credential={credential} />
          <Section title={t('Requests')}>
            <RequestsOfKey id={credential.id} />
          </Section>
        </>
      )}
    </RecordPage>
  )
}

interface ActionsProps {
  read: Answer<Credential>
  onRotated(credential: CredentialWithSecret): void
}

function CredentialActions({ read, onRotated }: ActionsProps) {
  const { id, name, status, previous_secret_expires_at } = read.data
  const may = useMay()
  const { reload } = useChanged(credentials)
  const [asked, setAsked] = useState<'rotate' | 'end' | 'hand over' | 'revoke'>()
  const close = () => setAsked(undefined)
  if (status === 'revoked') return null
  const isWriter = may('credentials:write')
  return (
    <>
      {isWriter && (
        <Button component={Link} to="edit" variant="default">
          {t('Change')}
        </Button>
      )}
      {isWriter && (
        <Button variant="default" onClick={() => setAsked('rotate')}>
          {t('Rotate secret')}
        </Button>
      )}
      {previous_secret_expires_at && !isPast(previous_secret_expires_at) && (
        <Button variant="default" onClick={() => setAsked('end')}>
          {t('End previous secret')}
        </Button>
      )}
      {may('admin') && (
        <Button variant="default" onClick={() => setAsked('hand over')}>
          {t('Hand over…')}
        </Button>
      )}
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('revoke')}>
        {t('Revoke')}
      </Button>
      <Rotate
        opened={asked === 'rotate'}
        title={t('Rotate the secret of “{{name}}”', { name })}
        text={t('The old secret keeps working for a while, so that no program has to stop.')}
        label={t('The old secret works for')}
        rotate={async (grace_hours) => comserv.credentials.rotate(id, { grace_hours })}
        onClose={close}
        onRotated={(rotated) => {
          close()
          void reload()
          onRotated({ ...read.data, ...rotated })
        }}
      />
      <EndFormer
        kind={credentials}
        read={read}
        opened={asked === 'end'}
        end={(match) => comserv.credentials.endPreviousSecret(id, match)}
        onClose={close}
      >
        {t(
          'The previous secret stops working at once. Programs that still use it are refused; access tokens stay valid until they expire.',
        )}
      </EndFormer>
      <HandOver kind={credentials} read={read} opened={asked === 'hand over'} onClose={close} />
      <RevokeCredential read={read} opened={asked === 'revoke'} onClose={close} />
    </>
  )
}

function CredentialFacts({ credential }: { credential: Credential }) {
  const { client_id, status, scopes, tier, owner_id, secret_prefix, previous_secret_expires_at } = credential
  const {
    created_at,
    expires_at,
    allowed_ips,
    last_used_at,
    last_used_ip,
    parent_id,
    rules,
    withheld_scopes,
  } = credential
  const known = useCatalog().tiers.find(({ name }) => name === tier)
  const mono = (text: string) => <span className="mono">{text}</span>
  return (
    <Facts
      facts={[
        [t('Status'), <Status key="status" value={status} />],
        [t('Client ID'), mono(client_id)],
        [
          t('Secret'),
          <>
            {rich('begins with <prefix/>', { prefix: mono(secret_prefix) })}
            {status === 'active' && previous_secret_expires_at && !isPast(previous_secret_expires_at) && (
              <span className="block quiet">
                {rich('The previous secret also works until <time/>', {
                  time: <Instant at={previous_secret_expires_at} />,
                })}
              </span>
            )}
          </>,
        ],
        [t('Scopes'), mono(scopes.join(' '))],
        status !== 'revoked' &&
          withheld_scopes.length > 0 && [
            t('Not usable now'),
            <>
              {mono(withheld_scopes.join(' '))}
              <span className="block quiet">
                {t(
                  'The role of its owner, or the key that created it, does not have them, or the owner is not active.',
                )}
              </span>
            </>,
          ],
        rules && [t('Limited to'), <RuleList key="rules" rules={rules} />],
        [t('Tier'), known ? tierWords(known) : tier],
        [t('Owner'), <UserName key="owner" id={owner_id} />],
        parent_id !== null && [t('Created by'), <KeyName key="parent" id={parent_id} />],
        [t('Allowed from'), allowed_ips ? mono(allowed_ips.join(', ')) : t('every address')],
        [t('Expires'), expires_at ? <Instant at={expires_at} /> : t('never')],
        [
          t('Last used'),
          last_used_at
            ? rich('<time/> from <address/>', {
                time: <Instant at={last_used_at} relative />,
                address: mono(last_used_ip ?? ''),
              })
            : t('never'),
        ],
        [t('Created'), <Instant key="created" at={created_at} />],
      ]}
    />
  )
}
