import { Anchor, List, Loader, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Credential, User, Webhook } from 'comserv'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { credentials } from '../credentials/credentials.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Warning } from '../parts/warning.tsx'
import { useMay } from '../session/use-session.ts'
import { webhooks } from '../webhooks/webhooks.ts'
import { lossesOfKey, lossesOfWebhook } from './losses.ts'

/** As many as one page holds, and as a user may own unless the server is set otherwise. */
const shownMax = 100

interface Stop {
  path: string
  name: string
  why: string[]
}

interface Props {
  user: Pick<User, 'id' | 'role'>
  /** The role that the user is about to have; undefined for one who can no longer sign in. */
  role?: string | undefined
  /** The user is erased, and what is still theirs ends for good. */
  isErased?: boolean
}

/** What a user's keys and webhooks cannot do any more after a change, with links to hand them over. */
export function WhatStops({ user, role, isErased = false }: Props) {
  const may = useMay()
  const owned = useOwned(user.id)
  const stopsOf = useStops(user, role, isErased)
  if (!may('credentials:read') || !may('webhooks:read')) return null
  if (!owned) return <Loader size="sm" aria-label={t('Loading keys and webhooks')} />
  const stops = stopsOf(owned).filter(({ why }) => why.length > 0)
  if (stops.length === 0) return null
  return (
    <Warning
      role="status"
      title={role === undefined ? t('This stops working') : t('This stops working or does less')}
    >
      <List spacing={4} mb="xs">
        {stops.map(({ path, name, why }) => (
          <List.Item key={path}>
            <Anchor component={Link} to={path} className="anywhere">
              {name}
            </Anchor>
            {why.map((sentence) => (
              <span key={sentence} className="block quiet">
                {sentence}
              </span>
            ))}
          </List.Item>
        ))}
      </List>
      {owned.isMore && <AllOf id={user.id} />}
      <Text size="sm">
        {t('To keep something running, hand it over first: open it and choose “Hand over…”.')}{' '}
        {isErased && t('It keeps its name: change one that names the person.')}
      </Text>
    </Warning>
  )
}

type Owned = NonNullable<ReturnType<typeof useOwned>>

/** @returns for each key and webhook, what it does no longer */
function useStops({ role: now }: Props['user'], role: string | undefined, isErased: boolean) {
  const { roles, scopes, event_types } = useCatalog()
  const [before, after] = [now, role].map((wanted) => roles.find(({ name }) => name === wanted))
  const change = before && after && { before, after }
  const whyKey = (credential: Credential) => {
    if (isErased) return credential.status === 'revoked' ? [] : [t('The key is revoked.')]
    if (credential.status !== 'active') return []
    if (role === undefined) return [t('The key stops.')]
    return change ? lossesOfKey(credential, scopes, change) : []
  }
  const whyWebhook = (webhook: Webhook) => {
    if (isErased) return [t('The webhook is deleted.')]
    if (webhook.status === 'disabled') return []
    if (role === undefined) return [t('Its deliveries wait.')]
    return change ? lossesOfWebhook(webhook, event_types, change) : []
  }
  return ({ credentials: keys, webhooks: hooks }: Owned): Stop[] => [
    ...keys.map((one) => ({ path: `${credentials.path}/${one.id}`, name: one.name, why: whyKey(one) })),
    ...hooks.map((one) => ({ path: `${webhooks.path}/${one.id}`, name: one.url, why: whyWebhook(one) })),
  ]
}

function AllOf({ id }: { id: number }): ReactNode {
  const link = (path: string, label: string) => (
    <Anchor component={Link} to={`${path}?owner_id=${id}`}>
      {label}
    </Anchor>
  )
  return (
    <Text size="sm" mb="xs">
      {rich('And more: all <keys/> and <webhooks/> of this user.', {
        keys: link(credentials.path, t('keys')),
        webhooks: link(webhooks.path, t('webhooks')),
      })}
    </Text>
  )
}

function useOwned(owner_id: number) {
  const may = useMay()
  const query = { owner_id, limit: shownMax }
  const keys = useQuery({
    queryKey: ['credentials', 'owned', owner_id],
    queryFn: async () => comserv.credentials.list(query),
    enabled: may('credentials:read'),
  })
  const hooks = useQuery({
    queryKey: ['webhooks', 'owned', owner_id],
    queryFn: async () => comserv.webhooks.list(query),
    enabled: may('webhooks:read'),
  })
  if (!keys.data || !hooks.data) return undefined
  return {
    credentials: keys.data.data,
    webhooks: hooks.data.data,
    isMore: [keys, hooks].some(({ data }) => (data?.meta.total_count ?? 0) > shownMax),
  }
}
