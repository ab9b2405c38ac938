import type { Static } from 'typebox'
import { Rules, RulesInput, UnknownCategories } from '../access/rule-schema.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, searchWords, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { patternsFor } from '../events/patterns.ts'
import { certificateCharactersMax, keyCharactersMax } from '../sending/client-certificate.ts'
import {
  headerCharactersMax,
  headerFieldsMax,
  headerNamePattern,
  headerValuePattern,
} from '../sending/headers.ts'
import { secretCharactersMax, secretCharactersMin } from '../sending/signature.ts'
import { Filter, Transform } from './expressions.ts'

const Url = Type.String({
  format: 'uri',
  minLength: 1,
  maxLength: 2048,
  description: 'Where events are sent by POST; https, and not an address inside a private network',
  examples: ['https://example.com/webhooks/comserv'],
})
const Description = Type.String({ maxLength: 500, text: 'lines' })
const eventsText =
  'What the webhook subscribes to: event types, all about one kind of record (`document.*`), or all (`*`), later types included'
const eventTypes = (names: readonly string[]) =>
  Type.Array(OneOf([...names, ...patternsFor(names)]), {
    minItems: 1,
    maxItems: names.length,
    uniqueItems: true,
    description: eventsText,
  })
const Concurrency = Type.Integer({
  minimum: 1,
  maximum: 32,
  description: 'Deliveries in progress at the same time',
})
const RateLimit = Type.Integer({
  minimum: 1,
  maximum: 6000,
  description: 'Maximum number of deliveries per minute',
})
export const IncludePrevious = Type.Boolean({
  description:
    'Adds `previous` to `*.updated` events: the fields that changed, as they were, if the webhook may read the record as it was',
})
export const Format = OneOf(['standard', 'cloudevents'], {
  description:
    'The body: `standard` is the event alone, `cloudevents` a CloudEvents 1.0 event in JSON (`application/cloudevents+json`)',
})
const Ordering = OneOf(['none', 'resource'], {
  description:
    '`resource` keeps the order of events about the same record: an event is not sent while the delivery of an earlier one may still succeed',
})
const Ed25519 = Type.Boolean({
  description:
    'Adds a signature by Ed25519 (`v1a`) to `webhook-signature`, which receivers verify with a key of `public_keys`',
})
/** Fields that belong to the connection or the delivery itself are checked in headers.ts. */
const headerRules = {
  propertyNames: {
    pattern: headerNamePattern,
    patternError: 'is not a valid field name',
  },
  maxProperties: headerFieldsMax,
}
const HeaderValue = Type.String({
  maxLength: headerCharactersMax,
  pattern: headerValuePattern,
  patternError: 'must be visible ASCII characters, without spaces at the ends',
  description: 'visible ASCII characters, without spaces at the ends',
})
const Headers = Type.Record(Type.String(), HeaderValue, {
  ...headerRules,
  description: 'Header fields sent with every delivery; their values are never shown again',
  examples: [{ Authorization: 'Bearer receiver-token' }],
})
const HeaderChanges = Type.Record(Type.String(), Nullable(HeaderValue), {
  propertyNames: headerRules.propertyNames,
  description:
    'Fields to add or change; null for a field removes it, and null for the whole object removes all',
  examples: [{ Authorization: 'Bearer another-token', 'X-Old': null }],
})
const ClientCertificateInput = closed(
  {
    certificate: Type.String({
      minLength: 1,
      maxLength: certificateCharactersMax,
      text: 'lines',
      description: 'PEM; followed by those of intermediate authorities, if the receiver needs them',
    }),
    private_key: Type.String({
      minLength: 1,
      maxLength: keyCharactersMax,
      text: 'lines',
      description: 'PEM, not encrypted; never shown again',
    }),
  },
  {
    title: 'ClientCertificateInput',
    description: 'The certificate with which the server identifies itself to a receiver that requires one',
  },
)
const ClientCertificate = closed(
  {
    subject: Type.String(),
    issuer: Type.String(),
    fingerprint_sha256: Type.String({ description: 'In lower-case hexadecimal digits' }),
    expires_at: Timestamp,
  },
  {
    title: 'ClientCertificate',
    description: 'The certificate presented to the receiver; its private key is never shown',
  },
)
const Status = OneOf(['active', 'paused', 'disabled'])
const Secret = Type.String({
  minLength: secretCharactersMin,
  maxLength: secretCharactersMax,
  pattern: '^\\S+$',
  patternError: 'must not contain spaces or line breaks',
  description:
    'Signs every delivery, 16 to 256 visible characters; generated unless given. Shown only in the response that creates it',
})

const ShownSecret = Type.String({ description: 'Shown in this response, and never again' })

const Health = closed(
  {
    state: OneOf(['untested', 'healthy', 'failing', 'held'], {
      description:
        'untested: nothing was sent yet; failing: the last attempt failed, or the last test (`last_test_failed_at`); held: its owner may not sign in, or the owner or the credential may not read some of the events; see its deliveries',
    }),
    consecutive_failures: Type.Integer({ description: 'Failed attempts since the last that succeeded' }),
    failing_since: Nullable(Timestamp),
    last_success_at: Nullable(Timestamp),
    last_failure_at: Nullable(Timestamp),
    last_test_failed_at: Nullable(
      Type.String({
        ...Timestamp,
        description: 'When the last test failed; null if it did not, or something was delivered since',
      }),
    ),
    circuit: OneOf(['closed', 'open', 'half_open'], {
      description:
        'After five failures in a row nothing is sent while it is open; half open lets one delivery try',
    }),
    circuit_open_until: Nullable(Timestamp),
    disables_at: Nullable(
      Type.String({
        ...Timestamp,
        description:
          'When it is disabled unless a delivery succeeds before; null while nothing is sent to it',
      }),
    ),
    needs_attention: Type.Boolean({ description: 'Disabled, or failing for a day or longer' }),
  },
  { title: 'WebhookHealth' },
)

const rulesText =
  'Restricts events about documents to those that match one of the rules for `documents:read`; others are not sent. A narrowed credential hands on its own'

const webhookFields = (names: readonly string[]) => ({
  id: Id,
  url: Url,
  description: Description,
  events: Type.Array(Growing([...names, ...patternsFor(names)]), { description: eventsText }),
  rules: Nullable({ ...Rules, description: rulesText }),
  unknown_categories: UnknownCategories,
  header_names: Type.Array(Type.String(), {
    description: 'Names of the header fields sent with every delivery',
  }),
  client_certificate: Nullable(ClientCertificate),
  concurrency: Concurrency,
  rate_limit_per_minute: Nullable(RateLimit),
  include_previous: IncludePrevious,
  format: Format,
  ed25519: Ed25519,
  ordering: Ordering,
  filter: Nullable(Filter),
  transform: Nullable(Transform),
  public_keys: Type.Array(Type.String(), {
    description: 'With `ed25519`: the current key, then the one that signs beside it after a rotation',
    examples: [['whpk_lg/rAJnHADIXhOlIaUhgT0WbG+bpkuzBOsKzUkbE+Mw=']],
  }),
  status: Status,
  disabled_reason: Nullable(
    Growing(['gone', 'failing'], {
      description:
        'gone: the receiver responded with 410, or was a test receiver that was deleted; failing: no delivery succeeded for five days',
    }),
  ),
  owner_id: Id,
  credential_id: Nullable({
    ...Id,
    description:
      'The credential that created it, or last changed its events, rules or owner. The webhook receives only what this credential may read now, and nothing after the credential has ended. Null if a person did',
  }),
  previous_secret_expires_at: Nullable(
    Type.String({ ...Timestamp, description: 'Until then, the secret before the last rotation signs, too' }),
  ),
  health: Health,
  created_at: Timestamp,
  updated_at: Timestamp,
})

/** The sort orders of the list; the first is the default. By `-failing_since`, receivers that fail come first. */
export const webhookSorts = ['-created_at', 'created_at', '-failing_since'] as const

/** The defaults of a create, and of null in a merge patch. */
export const webhookDefaults = {
  description: '',
  concurrency: 5,
  status: 'active',
  include_previous: false,
  format: 'standard',
  ed25519: false,
  ordering: 'none',
} as const

/** @param names the event types that a webhook can subscribe to */
export function webhookSchemas(names: readonly string[]) {
  const events = eventTypes(names)
  const fields = webhookFields(names)
  return {
    filters: closed({
      status: Type.Optional(
        OneOf(['active', 'paused', 'disabled', 'failing'], {
          description: 'failing: active, and the last attempt to deliver failed',
        }),
      ),
      event_type: Type.Optional(OneOf(names, { description: 'Only those that subscribe to this type' })),
      owner_id: Type.Optional(Type.Integer({ ...Id, description: 'Only those that this user owns' })),
      q: Type.Optional(searchWords('description and the URL')),
    }),
    full: closed(fields, { title: 'Webhook' }),
    created: closed({ ...fields, secret: ShownSecret }, { title: 'WebhookWithSecret' }),
    rotated: closed({ id: Id, secret: ShownSecret }, { title: 'WebhookSecret' }),
    create: closed(
      {
        url: Url,
        events,
        rules: Type.Optional(Nullable({ ...RulesInput, description: rulesText })),
        description: Clearable(Type.String({ ...Description, default: webhookDefaults.description })),
        secret: Clearable(Secret),
        headers: Clearable(Headers),
        client_certificate: Clearable(ClientCertificateInput),
        concurrency: Clearable(Type.Integer({ ...Concurrency, default: webhookDefaults.concurrency })),
        rate_limit_per_minute: Clearable(RateLimit),
        include_previous: Clearable(
          Type.Boolean({ ...IncludePrevious, default: webhookDefaults.include_previous }),
        ),
        format: Clearable(Type.Unsafe<Static<typeof Format>>({ ...Format, default: webhookDefaults.format })),
        ed25519: Clearable(Type.Boolean({ ...Ed25519, default: webhookDefaults.ed25519 })),
        ordering: Clearable(
          Type.Unsafe<Static<typeof Ordering>>({ ...Ordering, default: webhookDefaults.ordering }),
        ),
        filter: Clearable(Filter),
        transform: Clearable(Transform),
        owner_id: Clearable(Id),
      },
      { title: 'WebhookCreate' },
    ),
    update: closed(
      {
        url: Type.Optional(Url),
        events: Type.Optional(events),
        rules: Type.Optional(Nullable({ ...RulesInput, description: rulesText })),
        description: Clearable(Description),
        headers: Clearable(HeaderChanges),
        client_certificate: Clearable(ClientCertificateInput),
        concurrency: Clearable(Concurrency),
        rate_limit_per_minute: Clearable(RateLimit),
        include_previous: Clearable(IncludePrevious),
        format: Clearable(Format),
        ed25519: Clearable(Ed25519),
        ordering: Clearable(Ordering),
        filter: Clearable(Filter),
        transform: Clearable(Transform),
        status: Clearable(
          OneOf(['active', 'paused'], {
            description:
              'paused holds deliveries back; active ends paused and disabled, and sends all waiting deliveries at once',
          }),
        ),
        owner_id: Clearable(Id),
      },
      { title: 'WebhookUpdate' },
    ),
  }
}

const overlapHoursMax = 168
export const overlapHoursDefault = 24

export const SecretRotate = closed(
  {
    secret: Clearable(Secret),
    overlap_hours: Clearable(
      Type.Integer({
        minimum: 0,
        maximum: overlapHoursMax,
        default: overlapHoursDefault,
        description: 'How long the old secret, and the old key pair, keep signing beside the new ones',
      }),
    ),
  },
  { title: 'SecretRotate' },
)

type Schemas = ReturnType<typeof webhookSchemas>
export type Webhook = Static<Schemas['full']>
export type WebhookCreate = Static<Schemas['create']>
export type WebhookUpdate = Static<Schemas['update']>
export type WebhookFilter = Static<Schemas['filters']>
export type SecretRotate = Static<typeof SecretRotate>
