import { useQuery } from '@tanstack/react-query'
import type { Event, EventListQuery } from 'comserv'
import { useCallback, useEffect, useState } from 'react'
import { comserv } from '../api/client.ts'

const batch = 100
const shownMax = 2_000
const liveMs = 2_000

/**
 * The newest events above, and those that come. The log is read forwards only, as a program reads it: the newest page is
 * found from the total, and from then on only what comes after the last known id is asked for.
 */
export function useEvents(type: string) {
  const [events, setEvents] = useState<Event[]>()
  const [isLive, setLive] = useState(true)
  const [shown, setShown] = useState(batch)
  const filter = type ? { type: type as NonNullable<EventListQuery['type']> } : {}

  const first = useQuery({
    queryKey: ['events', 'log', type],
    queryFn: () => readNewest(filter),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  useEffect(() => {
    setEvents(first.data)
    setShown(batch)
  }, [first.data])

  const last = events?.[0]?.id ?? 0
  const live = useQuery({
    queryKey: ['events', 'after', type, last],
    queryFn: async () => (await comserv.events.list({ ...filter, after: last, limit: batch })).data,
    enabled: isLive && events !== undefined,
    refetchInterval: liveMs,
    gcTime: 0,
  })
  useEffect(() => {
    const more = live.data
    if (!more?.length) return
    setEvents((known = []) => {
      const newest = known[0]?.id ?? 0
      return [...more.filter(({ id }) => id > newest).reverse(), ...known].slice(0, shownMax)
    })
  }, [live.data])

  return {
    events: events?.slice(0, shown),
    error: first.error ?? live.error,
    isLive,
    setLive,
    hasOlder: (events?.length ?? 0) > shown,
    readOlder: useCallback(() => setShown((now) => now + batch), []),
    isReading: first.isFetching,
  }
}

/** All that is kept, up to what a page can hold: iterating goes on to the newest. */
async function readNewest(filter: Pick<EventListQuery, 'type'>): Promise<Event[]> {
  const kept: Event[] = []
  for await (const event of comserv.events.list({ ...filter, limit: batch })) {
    kept.push(event)
    if (kept.length > 2 * shownMax) kept.splice(0, shownMax)
  }
  return kept.slice(-shownMax).reverse()
}
