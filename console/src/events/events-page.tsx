import { Button, Group, Loader, NativeSelect, Stack, Switch, Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { useCatalog } from '../catalog/use-catalog.ts'
import { t } from '../i18n/t.ts'
import { ExactTimesProvider, isShown, useView } from '../list/list-view.ts'
import { PageSize } from '../list/pager.tsx'
import { positive, useUrlQuery } from '../list/url-query.ts'
import { ViewMenu } from '../list/view-menu.tsx'
import { Empty } from '../parts/empty.tsx'
import { Icon } from '../parts/icon.tsx'
import { ProblemAlert } from '../parts/problem-alert.tsx'
import { developer, Page } from '../shell/page.tsx'
import { columns, Line } from './event-line.tsx'
import { type EventPage, eventPageSize, useEvents } from './use-events.ts'
import '../list/filter-bar.css'
import '../list/list-table.css'
import './events-page.css'

/** The event log, newest first, updated live. Event type and position are in the URL. */
export function EventsPage() {
  const [query, change] = useUrlQuery()
  const type = query.get('type') ?? ''
  const before = positive(query.get('before'))
  const limit = Math.min(100, positive(query.get('limit')) ?? eventPageSize)
  const [isLive, setLive] = useState(true)
  const [view, changeView] = useView('events')
  const { event_types: types, retention_days: days } = useCatalog()
  const { page, error, retry } = useEvents({ type, before, isLive, limit })
  return (
    <Page
      title={t('Events')}
      under={developer}
      guide="events"
      lead={t('Every change, as webhooks report it. Events are kept for {{count}} days.', {
        count: days.events,
      })}
    >
      <Stack gap="sm">
        <Group gap="lg" align="flex-end">
          <NativeSelect
            label={t('Type')}
            value={type}
            onChange={({ currentTarget }) => change({ type: currentTarget.value, before: '' })}
            data={[{ value: '', label: t('All') }, ...types.map(({ name }) => name)]}
          />
          {before === undefined && (
            <Switch
              label={t('Live')}
              mb={8}
              checked={isLive}
              onChange={({ currentTarget }) => setLive(currentTarget.checked)}
            />
          )}
          <div className="filters-end">
            <ViewMenu columns={columns} view={view} onChange={changeView} />
          </div>
        </Group>
        {error && <ProblemAlert error={error} retry={retry} />}
        {!page && !error && <Loader aria-label={t('Loading the events')} />}
        {page?.events.length === 0 && <Nothing type={type} isOlder={before !== undefined} />}
        {page && page.events.length > 0 && (
          <ExactTimesProvider value={view.hasExactTimes}>
            <section
              className="list-frame"
              data-compact={view.isCompact || undefined}
              aria-label={t('Events, the newest first')}
            >
              {page.events.map((event) => (
                <Line
                  key={event.id}
                  event={event}
                  columns={columns.filter((column) => isShown(view, column))}
                />
              ))}
            </section>
          </ExactTimesProvider>
        )}
        {page && (
          <Pages
            page={page}
            isOlder={before !== undefined}
            to={(before) => addressOf({ type, before, limit })}
          >
            <PageSize
              size={limit}
              onSize={(limit) => change({ limit: limit === eventPageSize ? '' : String(limit) })}
            />
          </Pages>
        )}
      </Stack>
    </Page>
  )
}

function Nothing({ type, isOlder }: { type: string; isOlder: boolean }) {
  if (isOlder) return <Empty title={t('Nothing older is kept')}>{t('Older events have been deleted.')}</Empty>
  return (
    <Empty title={type ? t('No {{type}} yet', { type }) : t('Nothing has happened yet')}>
      {t('Every change of a user or a document appears here at once.')}
    </Empty>
  )
}

/** What the page shows, as its query. */
function addressOf({ type, before, limit }: { type: string; before?: number | undefined; limit: number }) {
  return new URLSearchParams({
    ...(type ? { type } : {}),
    ...(before === undefined ? {} : { before: String(before) }),
    ...(limit === eventPageSize ? {} : { limit: String(limit) }),
  })
}

interface PagesProps {
  page: EventPage
  isOlder: boolean
  to(before?: number): URLSearchParams
  children: ReactNode
}

function Pages({ page, isOlder, to, children }: PagesProps) {
  const last = page.events.at(-1)
  return (
    <Group component="nav" justify="space-between" aria-label={t('Pages')}>
      <Text size="sm" c="dimmed">
        {last && !page.hasOlder && t('No older events are kept.')}
      </Text>
      <Group gap="xs">
        {children}
        {isOlder && (
          <Button
            component={Link}
            to={{ search: to().toString() }}
            variant="default"
            size="xs"
            leftSection={<Icon name="left" size={14} />}
          >
            {t('Newest events')}
          </Button>
        )}
        {page.hasOlder && last && (
          <Button
            component={Link}
            to={{ search: to(last.id).toString() }}
            variant="default"
            size="xs"
            rightSection={<Icon name="right" size={14} />}
          >
            {t('Older events')}
          </Button>
        )}
      </Group>
    </Group>
  )
}
