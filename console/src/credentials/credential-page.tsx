import { Button, Loader, Paper, Title } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Credential, CredentialWithSecret } from 'comserv'
import { lazy, Suspense, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { comserv } from '../api/client.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Instant, isPast } from '../parts/instant.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { Status } from '../parts/status.tsx'
import { useMay } from '../session/use-session.ts'
import { developer, Page } from '../shell/page.tsx'
import { UserName } from '../users/user-name.tsx'
import { RotateCredential } from './rotate-credential.tsx'
import { SecretShown } from './secret-shown.tsx'

const Usage = lazy(async () => ({ default: (await import('./usage.tsx')).Usage }))
export const credentialsTrail = [
  ...developer,
  { label: 'API Credentials', to: '/console/developer/credentials' },
]

export function CredentialPage() {
  const id = Number(useParams().id)
  const queryClient = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: ['credentials', 'one', id],
    queryFn: () => comserv.credentials.get(id),
    refetchInterval: 10_000,
  })
  const [rotated, setRotated] = useState<CredentialWithSecret>()
  const changed = () => queryClient.invalidateQueries({ queryKey: ['credentials'] })

  if (rotated) {
    return (
      <Page title="Store the new secret now" under={credentialsTrail}>
        <SecretShown credential={rotated} onDone={() => setRotated(undefined)} />
      </Page>
    )
  }
  return (
    <Page
      title={data?.name ?? 'API credential'}
      under={credentialsTrail}
      guide="authentication"
      actions={data && <Actions credential={data} onChanged={changed} onRotated={setRotated} />}
    >
      {error && <ProblemAlert error={error} retry={() => void refetch()} />}
      {!data && !error && <Loader aria-label="Loading" />}
      {data && (
        <>
          <Paper withBorder p="lg">
            <Facts credential={data} />
          </Paper>
          <section>
            <Title order={2} size="h4" mb="xs">
              Usage
            </Title>
            <Suspense fallback={<Loader aria-label="Loading the chart" />}>
              <Usage id={id} />
            </Suspense>
          </section>
        </>
      )}
    </Page>
  )
}

interface ActionsProps {
  credential: Credential
  onChanged(): void
  onRotated(credential: CredentialWithSecret): void
}

function Actions({ credential, onChanged, onRotated }: ActionsProps) {
  const { id, name, status } = credential
  const may = useMay()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'rotate' | 'revoke'>()
  const close = () => setAsked(undefined)
  if (!may('credentials:write') || status === 'revoked') return null
  return (
    <>
      <Button component={Link} to="edit" variant="default">
        Change
      </Button>
      <Button variant="default" onClick={() => setAsked('rotate')}>
        Rotate secret
      </Button>
      <Button variant="outline" color="red" className="destroys" onClick={() => setAsked('revoke')}>
        Revoke
      </Button>
      <RotateCredential
        credential={credential}
        opened={asked === 'rotate'}
        onClose={close}
        onRotated={(rotated) => {
          close()
          onChanged()
          onRotated(rotated)
        }}
      />
      <Confirm
        opened={asked === 'revoke'}
        onClose={close}
        title={`Revoke “${name}”?`}
        verb="Revoke"
        act={() => comserv.credentials.delete(id)}
        onDone={() => {
          onChanged()
          navigate('/console/developer/credentials')
        }}
      >
        The key stops working at once, and so does every token that was issued from it. This cannot be undone;
        a program that still needs access gets a new key.
      </Confirm>
    </>
  )
}

function Facts({ credential }: { credential: Credential }) {
  const { client_id, status, scopes, tier, owner_id, secret_prefix, previous_secret_expires_at } = credential
  const { created_at, expires_at, allowed_ips, last_used_at, last_used_ip } = credential
  return (
    <dl className="facts">
      <dt>Status</dt>
      <dd>
        <Status value={status} />
      </dd>
      <dt>Client id</dt>
      <dd className="mono">{client_id}</dd>
      <dt>Secret</dt>
      <dd>
        begins with <span className="mono">{secret_prefix}</span>
        {status === 'active' && previous_secret_expires_at && !isPast(previous_secret_expires_at) && (
          <span className="block quiet">
            The former secret works beside it until <Instant at={previous_secret_expires_at} />
          </span>
        )}
      </dd>
      <dt>Scopes</dt>
      <dd className="mono">{scopes.join(' ')}</dd>
      <dt>Tier</dt>
      <dd>{tier === 'premium' ? 'Premium, 300 requests a minute' : 'Standard, 100 requests a minute'}</dd>
      <dt>Owner</dt>
      <dd>
        <UserName id={owner_id} />
      </dd>
      <dt>Allowed from</dt>
      <dd className={allowed_ips ? 'mono' : undefined}>
        {allowed_ips ? allowed_ips.join(', ') : 'every address'}
      </dd>
      <dt>Expires</dt>
      <dd>{expires_at ? <Instant at={expires_at} /> : 'never'}</dd>
      <dt>Last used</dt>
      <dd>
        {last_used_at ? (
          <>
            <Instant at={last_used_at} relative /> from <span className="mono">{last_used_ip}</span>
          </>
        ) : (
          'never'
        )}
      </dd>
      <dt>Created</dt>
      <dd>
        <Instant at={created_at} />
      </dd>
    </dl>
  )
}
