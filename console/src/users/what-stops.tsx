import { Anchor, List, Loader, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Catalog, Credential, Scope, User, Webhook } from 'comserv'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { credentials } from '../credentials/credentials.ts'
import { expanded } from '../credentials/scopes.ts'
import { Warning } from '../parts/warning.tsx'
import { useMay } from '../session/use-session.ts'
import { webhooks } from '../webhooks/webhooks.ts'

/** As many as one page holds, and as a user may own unless the server is set otherwise. */
const shownMax = 100

interface Stop {
  path: string
  name: string
  why: string
}

interface Props {
  user: Pick<User, 'id' | 'role'>
  /** The role that the user is about to have; undefined for one who can no longer sign in. */
  role?: string | undefined
}

/** What a user's keys and webhooks cannot do any more after a change, with links to hand them over. */
export function WhatStops({ user, role }: Props) {
  const may = useMay()
  const { roles, scopes, event_types } = useCatalog()
  const owned = useOwned(user.id)
  if (!may('credentials:read') || !may('webhooks:read')) return null
  if (!owned) return <Loader size="sm" aria-label="Loading keys and webhooks" />
  const scopesOf = (name: string | undefined) => scopesOfRole(roles, name)
  const lost = new Set(scopesOf(user.role).difference(scopesOf(role)))
  const stops = [
    ...owned.credentials.flatMap((credential) => stopOfCredential(credential, scopes, lost, role)),
    ...owned.webhooks.flatMap((webhook) => stopOfWebhook(webhook, event_types, lost, role)),
  ]
  if (stops.length === 0) return null
  return (
    <Warning role="status" title="This stops working">
      <List spacing={4} mb="xs">
        {stops.map(({ path, name, why }) => (
          <List.Item key={path}>
            <Anchor component={Link} to={path} className="anywhere">
              {name}
            </Anchor>
            <span className="block quiet">{why}</span>
          </List.Item>
        ))}
      </List>
      {owned.isMore && <AllOf id={user.id} />}
      <Text size="sm">
        What should go on can be handed over to somebody else first: open it and choose “Hand over…”.
      </Text>
    </Warning>
  )
}

function AllOf({ id }: { id: number }): ReactNode {
  const link = (path: string, label: string) => (
    <Anchor component={Link} to={`${path}?owner_id=${id}`}>
      {label}
    </Anchor>
  )
  return (
    <Text size="sm" mb="xs">
      And more: all {link(credentials.path, 'keys')} and {link(webhooks.path, 'webhooks')} of this user.
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
    credentials: keys.data.data.filter(({ status }) => status === 'active'),
    webhooks: hooks.data.data.filter(({ status }) => status !== 'disabled'),
    isMore: [keys, hooks].some(({ data }) => (data?.meta.total_count ?? 0) > shownMax),
  }
}

function scopesOfRole(roles: Catalog['roles'], name: string | undefined): Set<string> {
  return new Set(roles.find((role) => role.name === name)?.scopes)
}

function stopOfCredential(
  { id, name, scopes }: Credential,
  known: Catalog['scopes'],
  lost: ReadonlySet<string>,
  role: string | undefined,
): Stop[] {
  const path = `${credentials.path}/${id}`
  if (role === undefined) return [{ path, name, why: 'The key stops.' }]
  const given = new Set<string>(expanded(known, scopes as Scope[]))
  const gone = given.has('admin') && lost.has('admin') ? ['admin'] : [...given.intersection(lost)]
  return gone.length === 0 ? [] : [{ path, name, why: `The key loses ${gone.join(', ')}.` }]
}

function stopOfWebhook(
  { id, url, events }: Webhook,
  known: Catalog['event_types'],
  lost: ReadonlySet<string>,
  role: string | undefined,
): Stop[] {
  const path = `${webhooks.path}/${id}`
  if (role === undefined) return [{ path, name: url, why: 'Its deliveries wait.' }]
  const held = known.filter(({ name, scope }) => events.includes(name) && lost.has(scope ?? ''))
  if (held.length === 0) return []
  return [{ path, name: url, why: `Deliveries of ${held.map(({ name }) => name).join(', ')} wait.` }]
}
