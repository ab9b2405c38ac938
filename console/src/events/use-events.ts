import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Event, EventListQuery } from 'comserv'
import { useEffect, useState } from 'react'
import { comserv } from '../api/client.ts'
import { afterId, newestId, readBefore } from './newest.ts'

const wanted = 50
const liveMs = 2_000

/** The newest events above, those that come above them, and the older ones on demand. */
export function useEvents(type: string) {
  const [isLive, setLive] = useState(true)
  const [arrived, setArrived] = useState<Event[]>([])
  const filter = type ? { type: type as NonNullable<EventListQuery['type']> } : {}

  const kept = useInfiniteQuery({
    queryKey: ['events', 'log', type],
    initialPageParam: 0,
    queryFn: async ({ pageParam }) => readBefore(pageParam || (await newestId()) + 1, wanted, filter),
    getNextPageParam: ({ from }) => (from > 0 ? from + 1 : undefined),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const known = kept.data?.pages.flatMap(({ events }) => events)
  const last = arrived[0]?.id ?? known?.[0]?.id ?? 0

  const live = useQuery({
    queryKey: ['events', 'after', type, last],
    queryFn: async () => (await comserv.events.list({ ...filter, ...afterId(last), limit: 100 })).data,
    enabled: isLive && known !== undefined,
    refetchInterval: liveMs,
    gcTime: 0,
  })
  useEffect(() => setArrived([]), [type])
  useEffect(() => {
    const more = live.data
    if (!more?.length) return
    setArrived((now) => [...more.filter(({ id }) => id > (now[0]?.id ?? 0)).reverse(), ...now])
  }, [live.data])

  return {
    events: known && [...arrived, ...known],
    error: kept.error ?? live.error,
    isLive,
    setLive,
    hasOlder: kept.hasNextPage,
    readOlder: () => void kept.fetchNextPage(),
    isReading: kept.isFetchingNextPage,
  }
}
