import { grantOfRole } from '../server/src/access/grant.ts'
import { builtInRoles } from '../server/src/access/roles.ts'
import { scopeGroups, scopes } from '../server/src/access/scopes.ts'
import { errorCodes } from '../server/src/api/errors.ts'
import { type SettingName, settings } from '../server/src/config/env.ts'
import { catalog } from '../server/src/resources.ts'
import type { failureReasons } from '../server/src/sending/outcome.ts'

/** Tables of the guides that would otherwise be copies of the code. */

export function settingsTable(wanted: (name: string) => boolean = () => true): string {
  const rows = Object.entries(settings)
    .filter(([name]) => wanted(name))
    .map(([name, { describes, defaultText }]) => [code(name), describes, defaultText])
  return markdownTable(['variable', 'meaning', 'when not set'], rows)
}

export function scopesTable(): string {
  const single = Object.entries(scopes).map(([name, opens]) => [code(name), opens])
  const groups = Object.entries(scopeGroups).map(([name, parts]) => [
    code(name),
    `Stands for ${parts.map(code).join(', ')}`,
  ])
  return markdownTable(['scope', 'opens'], [...groups, ...single])
}

export function errorsTable(): string {
  const rows = Object.entries(errorCodes).map(([name, { status, message }]) => [
    String(status),
    code(name),
    message,
  ])
  return markdownTable(['status', 'code', 'message'], rows)
}

export function eventTypesTable(): string {
  const rows = [...catalog.eventTypes.values()].map(({ name, description, data, reads }) => [
    code(name),
    description,
    reads === null ? '' : code(reads),
    Object.keys(data.properties).map(code).join(' '),
  ])
  return markdownTable(['event', 'means', 'scope', 'fields of `data`'], rows)
}

export function auditActionsTable(): string {
  const byTarget = Object.groupBy(catalog.auditActions, (action) => action.split('.')[0] ?? '')
  const rows = Object.entries(byTarget).map(([target, actions = []]) => [
    code(target),
    actions.map(code).join(' '),
  ])
  return markdownTable(['target', 'actions'], rows)
}

export function rolesTable(): string {
  const rows = builtInRoles.map((role) => {
    const { scopes, reach } = grantOfRole(role)
    const limits = [
      ...(reach.ownOnly ? ['own credentials and webhooks'] : []),
      ...(reach.publishedOnly ? ['published documents'] : []),
    ]
    const opens = [...scopes]
    const scopesOpen = opens.includes('admin') ? 'everything' : opens.map(code).join(' ')
    return [code(role), scopesOpen, limits.join(', ')]
  })
  return markdownTable(['role', 'scopes', 'limited to'], rows)
}

interface Parameter {
  $ref?: string
  name?: string
  schema?: { enum?: string[] }
}
/** The part of an OpenAPI document that the tables need. */
interface Api {
  paths: Record<string, Record<string, { parameters?: Parameter[] }>>
}

const ofEveryList = ['id', 'page', 'limit', 'cursor', 'sort']

export function listsTable({ paths }: Api): string {
  const lists = Object.entries(paths).flatMap(([path, { get }]) => {
    const parameters = get?.parameters ?? []
    const isList = parameters.some(({ name }) => name === 'cursor')
    return isList ? [{ path, parameters }] : []
  })
  const rows = lists.map(({ path, parameters }) => {
    const filters = parameters.flatMap(({ name }) =>
      name === undefined || ofEveryList.includes(name) ? [] : [code(name)],
    )
    const sort = parameters.find(({ name }) => name === 'sort')?.schema?.enum ?? []
    return [code(path.replace('/api/v1', '')), filters.join(' '), sort.map(code).join(' ')]
  })
  return markdownTable(['list', 'filters', '`sort`'], rows)
}

/** The operations that take a header for safe retries or conditional requests. */
export function safeCallsTable({ paths }: Api): string {
  const headers = ['Idempotency-Key', 'If-Match', 'If-None-Match']
  const rows = headers.map((header) => {
    const calls = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { parameters = [] }]) => parameters.some(({ $ref }) => $ref?.endsWith(`/${header}`)))
        .map(([method]) => code(`${method.toUpperCase()} ${path.replace('/api/v1', '')}`)),
    )
    return [code(header), calls.join(', ')]
  })
  return markdownTable(['header', 'calls'], rows)
}

/** The meaning of each reason, for troubleshooting. */
const reasons: Readonly<Record<(typeof failureReasons)[number], string>> = {
  timeout: 'Connected, but no status line in time. Respond first, work later',
  connect_timeout: 'No connection in time: a firewall drops packets, or the host is down',
  dns: 'The host name is neither in the hosts file nor in DNS, or was not resolved within 3 seconds',
  blocked: 'The URL leads to an address that webhooks are not sent to',
  refused: 'Nothing listens at that address, or the network is unreachable',
  reset: 'The connection was closed before a status line arrived',
  tls_name: 'The certificate is for another host name',
  tls_expired: 'The certificate has expired, or is not valid yet',
  tls_chain:
    'The receiver sends its certificate without the intermediate ones: configure the full chain. Also where a private authority has issued it directly; see `tls_authority`',
  tls_authority:
    'The certificate is self-signed, or from an authority that this server does not trust; the operator can add one with `COMSERV_WEBHOOK_CA_FILE`',
  tls_protocol: 'No TLS version (1.2 or later) or cipher in common, or the port does not speak TLS',
  tls_client_certificate:
    'The receiver wants a client certificate, or refused the one of the webhook (`client_certificate`)',
  tls: 'The TLS connection failed for another reason, or was closed while it was established',
  proxy_unreachable: 'No connection to the proxy of the operator, or it closed the connection',
  proxy_timeout:
    'The proxy accepted the connection and did not respond to `CONNECT` in time: it hangs, or waits for a receiver that does not respond',
  proxy_auth: 'The proxy does not accept the user name and password in its setting (407)',
  proxy_refused: 'The proxy does not allow the host or the port of the URL (403 or another 4xx)',
  proxy_failed: 'The proxy could not reach the receiver (502, 503, 504)',
  protocol:
    'The response does not begin with an HTTP status line, or more than 10 interim responses precede it',
  test_receiver_deleted:
    'The URL is that of a [test receiver](#try-it-without-a-receiver) of this server that was deleted; they are removed after 24 hours. The webhook is disabled',
  interrupted: 'The server was stopped during the attempt; the delivery is retried at once',
  erased: 'The person that the event is about was erased before it was sent; it is not retried',
  filtered:
    'The [filter](#filter-and-transform) excludes the event; nothing was attempted, and it is not retried',
  filter_failed:
    'The filter failed on the event: its preview shows where. Retried, so that a change of the filter helps',
  filter_too_long: 'The filter took more than 50 ms on the event, or too much memory, and was ended; retried',
  transform_failed: 'The transform failed on the event, or gave nothing: its preview shows where. Retried',
  transform_too_long: 'The transform took more than 50 ms, or too much memory, and was ended; retried',
  transform_too_large: 'The transform gave more than 256 KiB; retried',
  internal: 'An error of the server itself; its log has the reason',
}

export function failuresTable(): string {
  return markdownTable(
    ['`error`', 'means'],
    Object.entries(reasons).map(([name, means]) => [code(name), means]),
  )
}

export function retriesTable(): string {
  const name: SettingName = 'COMSERV_WEBHOOK_RETRY_SCHEDULE'
  const pauses = settings[name].defaultText.replaceAll('`', '').split(',').map(Number)
  let sumSeconds = 0
  const rows = pauses.map((seconds, i) => {
    sumSeconds += seconds
    return [String(i + 2), duration(seconds), duration(sumSeconds)]
  })
  return markdownTable(['attempt', 'delay', 'since the first'], rows)
}

/** The two largest units: the jitter exceeds the rest. */
function duration(seconds: number): string {
  const units = [
    { size: 86_400, name: 'days' },
    { size: 3_600, name: 'h' },
    { size: 60, name: 'min' },
    { size: 1, name: 's' },
  ]
  let rest = seconds
  const parts = units.map(({ size, name }) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return { count, text: `${count} ${count === 1 ? name.replace('days', 'day') : name}` }
  })
  const first = parts.findIndex(({ count }) => count > 0)
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join(' ')
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function code(text: string): string {
  return `\`${text}\``
}
