import type { Event, EventListQuery } from 'comserv'
import { comserv } from '../api/client.ts'

type Filter = Pick<EventListQuery, 'type'>

const pageMax = 100

/**
 * The API reads the log forwards, as programs do. Its end is found by asking whether anything comes after an id, halving
 * what is left each time: some twenty small requests for a million events, once, when the page is opened.
 */
export async function newestId(): Promise<number> {
  const isBeyond = async (id: number) =>
    (await comserv.events.list({ after: id, limit: 1 })).data.length === 0
  const first = await comserv.events.list({ limit: 1 })
  if (first.data.length === 0) return 0
  let low = first.data[0]?.id ?? 0
  let step = first.meta.total_count
  // Ids leave gaps, so that the end may lie beyond the number of events.
  while (!(await isBeyond(low + step - 1))) {
    low += step - 1
    step = Math.max(2, step * 2)
  }
  let high = low + step - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await isBeyond(middle)) high = middle
    else low = middle
  }
  return high
}

/** Events up to an id, newest first, from a window that grows until it holds enough; `from` is where it begins. */
export async function readBefore(
  before: number,
  wanted: number,
  filter: Filter,
): Promise<{ events: Event[]; from: number }> {
  for (let span = wanted; ; span *= 8) {
    const from = Math.max(0, before - span)
    const events = await readBetween(from, before, filter)
    if (events.length >= wanted || from === 0) return { events: events.reverse(), from }
  }
}

async function readBetween(after: number, before: number, filter: Filter): Promise<Event[]> {
  const events: Event[] = []
  for await (const event of comserv.events.list({ ...filter, ...afterId(after), limit: pageMax })) {
    if (event.id >= before) break
    events.push(event)
  }
  return events
}

/** The API knows no event 0 that something could come after. */
export function afterId(id: number): { after?: number } {
  return id === 0 ? {} : { after: id }
}
