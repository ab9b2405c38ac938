import { type QueryClient, type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Event, EventListQuery } from 'comserv'
import { comserv } from '../api/client.ts'

type Filter = Pick<EventListQuery, 'type'>

/** Newest first. */
export interface EventPage {
  events: Event[]
  hasOlder: boolean
}

const pageSize = 50
const liveMs = 2_000
const followedMax = 100
/** Bounds a page that is left open for a long time. */
const shownMax = 500

/**
 * A page of the log.
 * @param before id of the event that the page precedes; without it the page is the newest, and grows while live
 */
export function useEvents(type: string, before: number | undefined, isLive: boolean) {
  const queryClient = useQueryClient()
  const filter: Filter = type ? { type: type as NonNullable<Filter['type']> } : {}
  const isGrowing = isLive && before === undefined
  const queryKey = ['events', 'log', type, before ?? 'newest']
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: () =>
      before === undefined ? newest(queryClient, queryKey, filter) : pageOf({ ...filter, before }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchInterval: isGrowing ? liveMs : false,
  })
  return { page: data, error, retry: () => void refetch() }
}

/** The newest page, or the current one with newer events above it. */
async function newest(queryClient: QueryClient, queryKey: QueryKey, filter: Filter): Promise<EventPage> {
  const shown = queryClient.getQueryData<EventPage>(queryKey)
  const last = shown?.events[0]
  if (!shown || !last) return pageOf(filter)
  const more = await comserv.events.list({ ...filter, after: last.id, limit: followedMax })
  // Too many to have been read: start again from the newest page.
  if (more.hasNext) return pageOf(filter)
  if (more.data.length === 0) return shown
  const events = [...more.data.reverse(), ...shown.events]
  return { events: events.slice(0, shownMax), hasOlder: shown.hasOlder || events.length > shownMax }
}

async function pageOf(query: Filter & { before?: number }): Promise<EventPage> {
  const page = await comserv.events.list({ ...query, sort: '-log', limit: pageSize })
  return { events: page.data, hasOlder: page.hasNext }
}
