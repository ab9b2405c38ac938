import { type QueryClient, type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Event, EventListQuery } from 'comserv'
import { comserv } from '../api/client.ts'

type Filter = Pick<EventListQuery, 'type'>

/** Newest first. */
export interface EventPage {
  events: Event[]
  hasOlder: boolean
}

/** The page size unless another is chosen. */
export const eventPageSize = 50
const liveMs = 2_000
const followedMax = 100
/** Bounds a page that is left open for a long time. */
const shownMax = 500

type Sized = Filter & { limit: number }

interface Shown {
  type: string
  /** Id of the event that the page precedes; without it the page is the newest, and grows while live. */
  before: number | undefined
  isLive: boolean
  limit: number
}

/** A page of the log. */
export function useEvents({ type, before, isLive, limit }: Shown) {
  const queryClient = useQueryClient()
  const filter: Filter = type ? { type: type as NonNullable<Filter['type']> } : {}
  const isGrowing = isLive && before === undefined
  const queryKey = ['events', 'log', type, before ?? 'newest', limit]
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: () =>
      before === undefined
        ? newest(queryClient, queryKey, { ...filter, limit })
        : pageOf({ ...filter, limit, before }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchInterval: isGrowing ? liveMs : false,
  })
  return { page: data, error, retry: () => void refetch() }
}

/** The newest page, or the current one with newer events above it. */
async function newest(
  queryClient: QueryClient,
  queryKey: QueryKey,
  { limit, ...filter }: Sized,
): Promise<EventPage> {
  const shown = queryClient.getQueryData<EventPage>(queryKey)
  const last = shown?.events[0]
  if (!shown || !last) return pageOf({ ...filter, limit })
  const more = await comserv.events.list({ ...filter, after: last.id, limit: followedMax })
  // Too many to have been read: start again from the newest page.
  if (more.hasNext) return pageOf({ ...filter, limit })
  if (more.data.length === 0) return shown
  const events = [...more.data.reverse(), ...shown.events]
  return { events: events.slice(0, shownMax), hasOlder: shown.hasOlder || events.length > shownMax }
}

async function pageOf({ limit, ...query }: Sized & { before?: number }): Promise<EventPage> {
  const page = await comserv.events.list({ ...query, sort: '-log', limit })
  return { events: page.data, hasOlder: page.hasNext }
}
