import { counterKey, counterKeys } from '../db/counters.ts'

interface Counted {
  type: string
  category?: string | null
  status?: string | null
}

/** The totals that an event belongs to: its type, and for one about a document, what rules decide by. */
export function eventKeys({ type, category, status }: Counted): string[] {
  const keys = counterKeys('events', { type })
  if (category == null || status == null) return keys
  return [...keys, keyOfCell({ type, status }), keyOfCell({ type, category, status })]
}

export function keyOfCell({ type, category, status }: { type: string; category?: string; status: string }) {
  return counterKey('events', { type, category, status })
}
