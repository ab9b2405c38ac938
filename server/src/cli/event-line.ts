import type { Event } from '../events/schema.ts'
import type { Forwarded } from './forward.ts'

const typeWidth = 'document.published'.length

/** One event for a person: `2026-01-15T08:30:00Z  17  document.published  document 12  Annual Report`. */
export function eventLine(event: Event, forwarded: Forwarded | undefined): string {
  const { id, type, occurred_at, resource_type, resource_id } = event
  return [
    occurred_at,
    String(id),
    type.padEnd(typeWidth),
    `${resource_type} ${resource_id}`,
    visible(titleOf(event)),
    forwarded ? `-> ${forwarded.status} (${forwarded.durationMs} ms${attemptsIn(forwarded)})` : '',
  ]
    .filter((part) => part !== '')
    .join('  ')
    .trimEnd()
}

/** The same for a program: the event as the API shows it. */
export function eventJson(event: Event, forwarded: Forwarded | undefined): string {
  if (!forwarded) return JSON.stringify(event)
  const { status, durationMs, attempts } = forwarded
  return JSON.stringify({ ...event, forwarded: { status, duration_ms: durationMs, attempts } })
}

/** Text of somebody else, which must not move the cursor, colour the screen or turn the line around. */
export function visible(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

function titleOf({ payload }: Event): string {
  const { title, name, username } = Object(payload.data)
  return String(title ?? name ?? username ?? '')
}

function attemptsIn({ attempts }: Forwarded): string {
  return attempts === 1 ? '' : `, attempt ${attempts}`
}
