import { Anchor, Text } from '@mantine/core'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { EventPlace } from '../events/event-place.tsx'
import { t } from '../i18n/t.ts'
import { Instant } from '../parts/instant.tsx'
import { Reading } from '../parts/reading.tsx'
import { Section } from '../parts/section.tsx'
import './recent.css'

const shown = 8

/** The latest events, by any actor. */
export function RecentEvents() {
  const query = useQuery({
    queryKey: ['events', 'recent'],
    queryFn: async () => (await comserv.events.list({ sort: '-log', limit: shown })).data,
    refetchInterval: 5_000,
  })
  return (
    <Recent
      title={t('Recent events')}
      query={query}
      nothing={t('Nothing has happened yet. Every change of a user or a document appears here at once.')}
      all={{ to: '/console/developer/events', label: t('All events, live') }}
      at={({ occurred_at }) => occurred_at}
    >
      {(event) => (
        <span>
          <span className="mono">{event.type}</span> <EventPlace event={event} />
        </span>
      )}
    </Recent>
  )
}

/** Documents by their last change, for readers without `events:read`. */
export function RecentChanges() {
  const query = useQuery({
    queryKey: ['documents', 'recent'],
    queryFn: async () => (await comserv.documents.list({ sort: '-updated_at', limit: shown })).data,
    refetchInterval: 30_000,
  })
  return (
    <Recent
      title={t('Recently changed')}
      query={query}
      nothing={t('No documents yet.')}
      all={{ to: '/console/documents', label: t('All documents') }}
      at={({ updated_at }) => updated_at}
    >
      {({ id, title }) => (
        <Anchor component={Link} to={`/console/documents/${id}`} dir="auto">
          {title}
        </Anchor>
      )}
    </Recent>
  )
}

interface Props<T> {
  title: string
  query: UseQueryResult<T[]>
  nothing: string
  all: { to: string; label: string }
  at(one: T): string
  children(one: T): ReactNode
}

function Recent<T extends { id: number }>({ title, query, nothing, all, at, children }: Props<T>) {
  return (
    <Section title={title} frame="around">
      <div className="recent-place">
        <Reading query={query} label={t('Loading: {{label}}', { label: title })}>
          {(list) => (
            <>
              {list.length === 0 && (
                <Text c="dimmed" mb="sm">
                  {nothing}
                </Text>
              )}
              <ul className="recent">
                {list.map((one) => (
                  <li key={one.id}>
                    {children(one)}
                    <span className="quiet">
                      <Instant at={at(one)} relative />
                    </span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Reading>
      </div>
      <Anchor component={Link} to={all.to} size="sm">
        {all.label}
      </Anchor>
    </Section>
  )
}
