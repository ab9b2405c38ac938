import type { SubscribableType, Webhook, WebhookCreate, WebhookUpdate } from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import { type RuleValues, rulesInput, ruleValuesOf } from '../rules/rule-values.ts'

export type WebhookValues = {
  url: string
  events: SubscribableType[]
  rules: RuleValues[]
  description: string
  ownSecret: string
  secret: string
  concurrency: number
  rate_limit_per_minute: number | ''
  format: Webhook['format']
  include_previous: boolean
  ordered: boolean
  filter: string
  transform: string
  ed25519: boolean
  changesHeaders: boolean
  headers: string
  changesCertificate: boolean
  certificate: string
  privateKey: string
}

export function valuesOf(webhook?: Webhook): WebhookValues {
  return {
    url: webhook?.url ?? '',
    events: (webhook?.events as SubscribableType[] | undefined) ?? [],
    rules: ruleValuesOf(webhook?.rules),
    description: webhook?.description ?? '',
    ownSecret: 'generated',
    secret: '',
    concurrency: webhook?.concurrency ?? 5,
    rate_limit_per_minute: webhook?.rate_limit_per_minute ?? '',
    format: webhook?.format ?? 'standard',
    include_previous: webhook?.include_previous ?? false,
    ordered: webhook?.ordering === 'resource',
    filter: webhook?.filter ?? '',
    transform: webhook?.transform ?? '',
    ed25519: webhook?.ed25519 ?? false,
    changesHeaders: !webhook,
    headers: '',
    changesCertificate: !webhook,
    certificate: '',
    privateKey: '',
  }
}

export function createInput(values: WebhookValues): WebhookCreate {
  const { ownSecret, secret } = values
  const headers = headersOf(values.headers)
  return {
    ...settingsOf(values),
    ...(ownSecret === 'own' ? { secret } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(hasCertificate(values) ? { client_certificate: certificateOf(values) } : {}),
  }
}

/** Only the changed fields. Header values are unknown, so headers are replaced as a whole or not at all. */
export function updateInput(before: Webhook, values: WebhookValues): WebhookUpdate {
  return {
    ...patchOf(settingsOf(valuesOf(before)), settingsOf(values)),
    ...(values.changesHeaders ? { headers: replacing(before.header_names, headersOf(values.headers)) } : {}),
    ...(values.changesCertificate
      ? { client_certificate: hasCertificate(values) ? certificateOf(values) : null }
      : {}),
  }
}

function hasCertificate({ certificate, privateKey }: WebhookValues): boolean {
  return certificate.trim() !== '' || privateKey.trim() !== ''
}

function certificateOf({ certificate, privateKey }: WebhookValues) {
  return { certificate: certificate.trim(), private_key: privateKey.trim() }
}

function settingsOf(values: WebhookValues) {
  const { rules, rate_limit_per_minute } = values
  const { url, events, description, concurrency, format, include_previous, ordered, ed25519 } = values
  const { filter, transform } = expressionsOf(values)
  return {
    url,
    events,
    rules: rulesInput(rules),
    description,
    concurrency,
    format,
    include_previous,
    ordering: ordered ? ('resource' as const) : ('none' as const),
    ed25519,
    filter,
    transform,
    rate_limit_per_minute: rate_limit_per_minute === '' ? null : rate_limit_per_minute,
  }
}

/** Empty is none. */
export function expressionsOf({ filter, transform }: Pick<WebhookValues, 'filter' | 'transform'>) {
  return { filter: filter.trim() || null, transform: transform.trim() || null }
}

/** As a merge patch, in which absent fields stay unchanged. */
function replacing(names: readonly string[], headers: Record<string, string>): Record<string, string | null> {
  const kept = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const dropped = names.filter((name) => !kept.has(name.toLowerCase()))
  return { ...Object.fromEntries(dropped.map((name) => [name, null])), ...headers }
}

function headersOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.includes(':') ? line.indexOf(':') : line.length
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    }),
  )
}
