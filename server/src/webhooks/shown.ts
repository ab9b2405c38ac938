import { parsedRules } from '../access/rules.ts'
import { readerOf } from '../access/senders.ts'
import type { Context } from '../context.ts'
import { chosenTypes } from '../events/patterns.ts'
import { hasScope } from '../events/visibility.ts'
import { fromTimestamp, toTimestamp, toWholeSeconds } from '../lib/timestamps.ts'
import { headersContext, ownHeaders } from '../sending/attempt.ts'
import { factsOf } from '../sending/client-certificate.ts'
import { circuitOf, disablesAt, warnAfterMs } from '../sending/health.ts'
import type { Webhook } from './schema.ts'
import type { WebhookRow } from './store.ts'

export function toWebhook(context: Context, row: WebhookRow): Webhook {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: eventsOf(row),
    rules: row.rules === null ? null : parsedRules(row.rules),
    header_names: Object.keys(ownHeaders(openedHeaders(context, row) ?? '{}')),
    client_certificate: row.client_certificate === null ? null : factsOf(row.client_certificate),
    concurrency: row.concurrency,
    rate_limit_per_minute: row.rate_limit_per_minute,
    include_previous: row.include_previous === 1,
    format: row.format,
    ed25519: row.ed25519 === 1,
    ordering: row.ordering,
    filter: row.filter,
    transform: row.transform,
    public_keys: [...row.public_keys],
    status: row.status as Webhook['status'],
    disabled_reason: row.disabled_reason as Webhook['disabled_reason'],
    owner_id: row.owner_id,
    credential_id: row.credential_id,
    previous_secret_expires_at: row.previous_secret_expires_at,
    health: healthOf(context, row),
    created_at: row.created_at,
    updated_at: row.updated_at,
  }
}

export function eventsOf(row: Pick<WebhookRow, 'events'>): Webhook['events'] {
  return row.events.split(' ') as Webhook['events']
}

/** JSON of the header fields that it sends besides ours, with their values. */
export function openedHeaders({ vault }: Context, { id, headers }: WebhookRow): string | null {
  return headers === null ? null : vault.open(headers, headersContext(id))
}

function healthOf({ catalog, clock }: Context, row: WebhookRow): Webhook['health'] {
  const nowMs = clock.now()
  const reader = row.sender && readerOf(row.sender)
  const readsAll = chosenTypes(eventsOf(row), catalog.eventTypes).every((name) => {
    const type = catalog.eventTypes.get(name)
    return reader !== undefined && type !== undefined && hasScope(reader.scopes, type)
  })
  const atMs = disablesAt(row)
  const failsForLong = row.failing_since !== null && nowMs - fromTimestamp(row.failing_since) >= warnAfterMs
  return {
    state: !readsAll
      ? 'held'
      : row.consecutive_failures > 0 || row.test_failed_at !== null
        ? 'failing'
        : row.last_success_at === null
          ? 'untested'
          : 'healthy',
    consecutive_failures: row.consecutive_failures,
    failing_since: toWholeSeconds(row.failing_since),
    last_success_at: toWholeSeconds(row.last_success_at),
    last_failure_at: toWholeSeconds(row.last_failure_at),
    last_test_failed_at: toWholeSeconds(row.test_failed_at),
    circuit: circuitOf(row, nowMs),
    circuit_open_until: toWholeSeconds(row.circuit_open_until),
    disables_at: atMs === undefined || row.status !== 'active' ? null : toTimestamp(atMs),
    needs_attention: row.status === 'disabled' || failsForLong,
  }
}
