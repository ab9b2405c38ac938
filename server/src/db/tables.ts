import type { ColumnType, Generated } from 'kysely'
import type { Mark } from './moves.ts'

/** The tables as the stores see them; `migrations/` creates them. Instants are RFC 3339 text (see lib/timestamps.ts). */
export interface Tables {
  users: UsersTable
  documents: DocumentsTable
  counters: CountersTable
  credentials: CredentialsTable
  credential_secrets: CredentialSecretsTable
  credential_requests: CredentialRequestsTable
  signing_keys: SigningKeysTable
  revoked_tokens: RevokedTokensTable
  events: EventsTable
  event_pruning: EventPruningTable
  secret_key_state: SecretKeyStateTable
  audit_log: AuditLogTable
  audit_chain: AuditChainTable
  audit_chain_state: AuditChainStateTable
  audit_sinks: AuditSinksTable
  sessions: SessionsTable
  sign_ins: SignInsTable
  totp_secrets: TotpSecretsTable
  recovery_codes: RecoveryCodesTable
  passkeys: PasskeysTable
  used_challenges: UsedChallengesTable
  one_time_links: OneTimeLinksTable
  idempotency_keys: IdempotencyKeysTable
  subject_keys: SubjectKeysTable
  erasures: ErasuresTable
  sealings: SealingsTable
  import_parts: ImportPartsTable
  roles: RolesTable
  document_revisions: DocumentRevisionsTable
  search_rebuilds: SearchRebuildsTable
  credential_usage: CredentialUsageTable
  usage_totals: UsageTotalsTable
  requests: RequestsTable
  webhooks: WebhooksTable
  webhook_subscriptions: WebhookSubscriptionsTable
  webhook_secrets: WebhookSecretsTable
  fan_outs: FanOutsTable
  processes: ProcessesTable
  deliveries: DeliveriesTable
  delivery_attempts: DeliveryAttemptsTable
  delivery_outcomes: DeliveryOutcomesTable
  test_receivers: TestReceiversTable
  test_receipts: TestReceiptsTable
  applications: ApplicationsTable
  application_consents: ApplicationConsentsTable
  application_sign_ins: ApplicationSignInsTable
  device_requests: DeviceRequestsTable
  user_subjects: UserSubjectsTable
  hooks: HooksTable
  hook_calls: HookCallsTable
  mails: MailsTable
  password_requests: PasswordRequestsTable
  mail_alerts: MailAlertsTable
  automations: AutomationsTable
  automation_triggers: AutomationTriggersTable
  automation_log: AutomationLogTable
  automation_runs: AutomationRunsTable
  automation_attempts: AutomationAttemptsTable
  automation_effects: AutomationEffectsTable
  automation_circuits: AutomationCircuitsTable
  extension_migrations: ExtensionMigrationsTable
  extension_tasks: ExtensionTasksTable
  backup_state: BackupStateTable
  moves: MovesTable
  event_cursors: EventCursorsTable
  /** Any table of a resource that is one table (`resource/table.ts`). */
  plain: PlainTable
}

/** What the database says of a move: see moves.ts. */
export type MovesTable = Mark

/** Where readers of the log go on after an event that was moved here from PostgreSQL: see move/cursors.ts. */
export interface EventCursorsTable {
  event_id: number
  after_id: number
}

/** Steps of the tables of extensions that were made. */
export interface ExtensionMigrationsTable {
  extension: string
  name: string
  applied_at: string
}

/** A task of an extension, under way where it has a lease. */
export interface ExtensionTasksTable {
  extension: string
  name: string
  cron: string
  due_at: string
  last_run_at: string | null
  lease_token: string | null
  lease_until: string | null
}

/** One row: the schedule of backups, which process makes one, and how the last ones went. Instants have milliseconds. */
export interface BackupStateTable {
  id: number
  /** Null: backups are made when somebody asks for one. */
  cron: string | null
  /** Since when the schedule is known. */
  planned_at: string
  due_at: string | null
  lease_token: string | null
  lease_until: string | null
  last_made_at: string | null
  last_name: string | null
  last_bytes: number | null
  failing_since: string | null
  /** In a row. */
  failures: number
  last_error: string | null
}

/** Columns that every such table has. */
export interface PlainTable {
  id: Generated<number>
  version: number
  created_at: string
  updated_at: string
  deleted_at: string | null
}

export interface UsersTable {
  id: Generated<number>
  username: string
  /** Lower-case form; unique among users that are not deleted. */
  username_key: string
  email: string
  email_key: string
  /** PHC string of Argon2id; null means that nobody can sign in as this user. */
  password_hash: string | null
  role: string
  status: string
  first_name: string | null
  last_name: string | null
  phone: string | null
  bio: string | null
  created_at: string
  updated_at: string
  last_login: string | null
  deleted_at: string | null
  /** Counts every change of the representation, for `ETag`. */
  version: number
  /** From then on nothing of the person is left but the id; it cannot be restored. */
  purged_at: Generated<string | null>
  /** 1 for the built-in system account, which appears in no list and no total. */
  is_system: Generated<number>
  search: WordsColumn
}

/** The contents of a document in one of its versions. */
interface DocumentVersion {
  version: number
  title: string
  category: string
  status: string
  author_id: number
  summary: string | null
  content_type: string
  content: string
}

export interface DocumentsTable extends DocumentVersion {
  id: Generated<number>
  created_at: string
  updated_at: string
  published_at: string | null
  publish_at: string | null
  /** The user or the credential that set `publish_at`; neither for the operator. */
  scheduled_by: number | null
  scheduled_credential_id: number | null
  publish_refused: string | null
  deleted_at: string | null
  search: WordsColumn
}

/** On PostgreSQL only: made by `wordsAsColumn` in dialect.ts. */
type WordsColumn = ColumnType<string | null, string | null | undefined, string | null | undefined>

/** The number of rows that match a filter: `scope` is its key; the slots of a key add up. */
export interface CountersTable {
  scope: string
  slot: number
  count: number
}

export interface CredentialsTable {
  id: Generated<number>
  name: string
  client_id: string
  /** Scope names, separated by single spaces. */
  scopes: string
  tier: string
  owner_id: number
  created_at: string
  updated_at: string
  expires_at: string | null
  /** Addresses and CIDR ranges separated by single spaces; null allows every address. */
  allowed_ips: string | null
  revoked_at: string | null
  last_used_at: string | null
  last_used_ip: string | null
  version: number
  /** JSON of the rules that narrow its scopes; null when nothing is narrowed. */
  rules: string | null
  /** The credential that created it. */
  parent_id: number | null
}

export interface CredentialSecretsTable {
  id: Generated<number>
  credential_id: number
  /** SHA-256 of the secret, lower-case hex. */
  secret_hash: string
  /** The first characters of the secret, to tell secrets apart on a screen. */
  display_prefix: string
  created_at: string
  /** Set when a newer secret replaced this one: the end of its grace period. */
  expires_at: string | null
}

export interface SigningKeysTable {
  kid: string
  alg: string
  /** The private JWK, sealed by the vault. */
  private_jwk: string
  /** The public JWK as JSON; null for a symmetric key. */
  public_jwk: string | null
  created_at: string
  /** From then on it verifies but no longer signs. */
  retired_at: string | null
  /** What it signs: access tokens, or who signed in (id_tokens). */
  signs: 'access' | 'identity'
}

/** One row. */
export interface SecretKeyStateTable {
  id: number
  /** The secret key that seals (`keyIdOf`). */
  key_id: string
  /** The key of fingerprints, sealed: it outlives rotations, as fingerprints cannot be made anew. */
  fingerprint_key: string
  /** The key that still opens some values, while a rotation is under way. */
  rotating_from: string | null
  /** When the last rotation finished. */
  rotated_at: string | null
}

/** A row can be deleted once `expires_at` has passed: from then on the token is refused as expired. */
export interface RevokedTokensTable {
  jti: string
  credential_id: number
  expires_at: string
}

export interface EventsTable {
  id: Generated<number>
  type: string
  occurred_at: string
  resource_type: string
  resource_id: number
  /** The webhook body, serialised once; sealed under the key of its subject, if it has one. */
  body: string
  /** JSON of the fields that an update replaced, as they were; sealed like the body. */
  previous: Generated<string | null>
  /** The user whom its data is about. */
  subject_id: Generated<number | null>
  /** Of the document that it is about, at that time; null for events about anything else. */
  category: Generated<string | null>
  status: Generated<string | null>
  author_id: Generated<number | null>
  /** The request that caused it; null where a task or a command did. */
  request_id: Generated<string | null>
}

/** A request of a credential or a session, once its response was sent. */
export interface RequestsTable {
  id: Generated<number>
  /** When it arrived, as an instant. */
  occurred_at: string
  /** The owner of the credential, or the person who is signed in. */
  user_id: number
  /** One of this, a session and an application that acts for the person. */
  credential_id: number | null
  session_id: number | null
  application_id: number | null
  method: string
  /** The pattern of the route; null where no route matched. */
  route: string | null
  deprecated: Generated<number>
  status: number
  duration_ms: number
  error_code: string | null
  /** Without values that were sent; sealed, like `ip`, under the key of the user. */
  error_details: string | null
  request_id: string
  ip: string | null
}

/** One row, once something was pruned. */
export interface EventPruningTable {
  id: 1
  /** The last event in the order of the log that was pruned. */
  last_event_id: number
  last_occurred_at: string
}

export interface AuditLogTable {
  id: Generated<number>
  occurred_at: string
  actor_type: string
  actor_id: number | null
  /** Sealed, like `ip`, under the key of the person who acted, or owns the credential that did. */
  actor_name: string
  action: string
  target_type: string
  target_id: number | null
  ip: string | null
  request_id: string | null
  /** JSON of the target's public representation before the change, without secrets; sealed where it is about a person. */
  before: string | null
  after: string | null
}

/** The place of a row of the audit log in its chain. */
export interface AuditChainTable {
  /** From 1 on, without gaps. */
  seq: number
  audit_id: number
  /** SHA-256, lower-case hex, of the hash before it and the row (audit/chain.ts). */
  hash: string
}

/** One row. On PostgreSQL also `last_xact`, the transaction of the last chained row (db/audit-order.ts). */
export interface AuditChainStateTable {
  id: number
  /** The head: the last row of the chain, and its hash. */
  seq: number
  hash: string
  last_id: number
  /** When the head was chained; null before the first. */
  chained_at: string | null
  /** The last row that was pruned, and its hash; 0 while none was. */
  anchor_seq: number
  anchor_hash: string
}

/** How far a sink has been fed with the chained rows. */
export interface AuditSinksTable {
  /** As configured: `file:/var/log/comserv-audit.ndjson`. */
  target: string
  /** The last row that it has. */
  seq: number
  /** The process that feeds it, until the instant. */
  lease_token: string | null
  lease_until: string | null
}

export interface SessionsTable {
  id: Generated<number>
  user_id: number
  /** SHA-256 of the token in the cookie, lower-case hex. */
  token_hash: string
  created_at: string
  /** Written at most once a minute. */
  last_seen_at: string
  /** The end of its longest lifetime; an unused session ends sooner. */
  expires_at: string
  /** The address it was last used from. */
  ip: string
  user_agent: string | null
  /** When the person last gave the password, by signing in or again since. */
  confirmed_at: string
}

/** Somebody who gave the password, and nothing else yet. */
export interface SignInsTable {
  /** SHA-256 of the token in the cookie, lower-case hex. */
  token_hash: string
  user_id: number
  /** `verify`: a code is asked for; `set_up`: the role needs a second factor, and there is none. */
  step: 'verify' | 'set_up'
  /** Wrong codes so far. */
  tries: Generated<number>
  expires_at: string
}

/** One for each person who uses an authenticator app, or is setting it up. */
export interface TotpSecretsTable {
  user_id: number
  /** Base32, sealed. Null until a first code has shown that the app has it. */
  secret: string | null
  activated_at: string | null
  /** The time step of the last code: neither it nor an earlier one is accepted again. */
  last_step: Generated<number>
  /** Wrong codes since the last right one. */
  failures: Generated<number>
  failed_at: string | null
  /** Base32, sealed: shown, and not yet confirmed by a code. */
  new_secret: string | null
  new_until: string | null
}

export interface RecoveryCodesTable {
  user_id: number
  /** HMAC-SHA-256, lower-case hex. A used code has no row. */
  code_hash: string
  created_at: string
}

/** A key pair on a device of a person, or in their password manager (WebAuthn). */
export interface PasskeysTable {
  id: Generated<number>
  user_id: number
  /** base64url. */
  credential_id: string
  /** COSE, base64url. */
  public_key: string
  /** As of its last use. Many passkeys do not count, and it stays 0. */
  counter: number
  name: string
  created_at: string
  last_used_at: string | null
}

/** Challenges that a passkey has answered: none is accepted twice. */
export interface UsedChallengesTable {
  /** SHA-256, lower-case hex. */
  challenge_hash: string
  expires_at: string
}

/** At most one row, with the id 1. */
export interface OneTimeLinksTable {
  /** What it opens; see access/one-time-links.ts. */
  subject: string
  /** SHA-256 of the token in the link, lower-case hex. */
  token_hash: string
  expires_at: string
}

/** Lines of a file that one transaction of an import has processed. */
export interface ImportPartsTable {
  /** The plural. */
  resource: string
  /** SHA-256 of the file. */
  digest: string
  number: number
  first_line: number
  last_line: number
  /** Those of the lines that were refused, as a JSON list. */
  refused: string
  /** Fingerprint of the path of the file; empty where it has none, such as standard input. */
  path: string
  /** The imported rows as `position:fingerprint`, separated by spaces; empty for imports of older versions. */
  imported: string
  created_at: string
}

export interface RolesTable {
  id: Generated<number>
  name: string
  description: string
  /** Scope names, separated by single spaces; empty for a built-in role, whose terms are in the code. */
  scopes: string
  own_only: number
  /** JSON of the rules that narrow its scopes; null when nothing is narrowed. */
  rules: string | null
  is_built_in: number
  created_at: string
  updated_at: string
  version: number
}

export interface IdempotencyKeysTable {
  /** `credential:5` */
  caller: string
  key: string
  /** Fingerprint of method, address and body, keyed by the vault. */
  request_hash: string
  created_at: string
  /** The response, sealed by the vault; empty only inside the transaction that makes it. */
  answer: string
  /** The users whom the response shows, each between spaces: ` 17 18 `; otherwise empty. */
  subjects: Generated<string>
}

/** The keys that seal what is logged about each person (db/subjects.ts). */
export interface SubjectKeysTable {
  user_id: number
  /** Sealed by the vault; null since the erasure of the person. */
  sealed_key: string | null
}

/** People who are to be erased, or were. A cancelled erasure leaves no row. */
export interface ErasuresTable {
  user_id: number
  requested_at: string
  /** `user:3`, `credential:5` or `operator` */
  requested_by: string
  due_at: string
  /** Of the user, for a cancellation. */
  status_before: string
  erased_at: string | null
  /** When the files of the database were freed of what the erased rows had left in them. */
  scrubbed_at: string | null
  /** JSON, without anything personal. */
  receipt: string | null
}

/** How far the sealing of rows from earlier versions has come; no row when it is complete. */
export interface SealingsTable {
  name: string
  after_id: number
}

/** A document as it was before a change; its current state is in `documents`. */
export interface DocumentRevisionsTable extends DocumentVersion {
  document_id: number
  /** When this version was created. */
  created_at: string
}

/** How far the rebuild of a search index has come; no row when it is complete. */
export interface SearchRebuildsTable {
  name: string
  after_id: number
}

/** Requests with a credential within one hour. */
export interface CredentialUsageTable {
  credential_id: number
  /** Its beginning, as a timestamp. */
  hour: string
  requests: number
  errors: number
  rate_limited: number
}

export interface CredentialRequestsTable {
  id: Generated<number>
  name: string
  /** Names separated by single spaces, as requested. */
  scopes: string
  reason: string
  /** The requested end of the credential. */
  expires_at: string | null
  status: string
  /** Null for a guest, who has the three columns below instead. */
  requester_id: number | null
  contact: string | null
  token_hash: string | null
  address_block: string | null
  /** The terms of the approval. */
  granted_scopes: string | null
  granted_expires_at: string | null
  granted_allowed_ips: string | null
  /** JSON; null when the approval narrows nothing. */
  granted_rules: string | null
  owner_id: number | null
  collect_until: string | null
  decided_at: string | null
  decided_by: number | null
  /** The program that approved it; null if a person did. */
  approving_credential_id: number | null
  message: string | null
  credential_id: number | null
  created_at: string
  updated_at: string
  version: number
}

/** The same for all credentials of an owner together; owner 0 stands for all owners. */
export interface UsageTotalsTable {
  owner_id: number
  per: 'minute' | 'hour'
  /** The beginning of the minute or hour, as a timestamp. */
  start: string
  requests: number
  errors: number
  rate_limited: number
}

/** Programs that people sign in to. Lists are separated by single spaces. */
export interface ApplicationsTable {
  id: Generated<number>
  client_id: string
  name: string
  kind: 'browser' | 'native' | 'server'
  redirect_uris: string
  post_logout_redirect_uris: string
  /** Of its pages, which may call the API. */
  origins: string
  /** What it may ask people for. */
  scopes: string
  /** Who may sign in to it; null for everybody. */
  roles: string | null
  /** Nobody is asked before it acts for them. */
  trusted: number
  id_token_alg: 'RS256' | 'ES256'
  /** Of one that can keep a secret: a server. */
  secret_hash: string | null
  created_at: string
  updated_at: string
  version: number
}

/** What a person has allowed an application. */
export interface ApplicationConsentsTable {
  id: Generated<number>
  application_id: number
  user_id: number
  scopes: string
  created_at: string
  updated_at: string
}

/** One sign-in of a person to an application, with the tokens that come of it. Without its row none of them works. */
export interface ApplicationSignInsTable {
  id: Generated<number>
  application_id: number
  user_id: number
  /** Named by the tokens. */
  sid: string
  scopes: string
  /** These three are null for a device, which had no code. */
  code_hash: string | null
  code_challenge: string | null
  redirect_uri: string | null
  nonce: string | null
  /** When the person gave the password. */
  signed_in_at: string
  created_at: string
  /** When the code was exchanged. */
  redeemed_at: string | null
  /** Named by every refresh token of the sign-in; null without any. */
  refresh_handle: string | null
  refresh_hash: string | null
  /** JSON of the latest that were exchanged. */
  refresh_spent: string | null
  last_used_at: string | null
  expires_at: string
}

/** A device that waits for a person to allow it in a browser. Its row is gone once it has its tokens. */
export interface DeviceRequestsTable {
  id: Generated<number>
  application_id: number
  device_code_hash: string
  /** What the person types: short, and worth nothing without a session. */
  user_code: string
  scopes: string
  /** Who allowed it; null until then. */
  user_id: number | null
  /** When that person gave the password. */
  signed_in_at: string | null
  denied: number
  /** The device may not ask more often. */
  interval_seconds: number
  polled_at: string | null
  created_at: string
  expires_at: string
}

/** How tokens name a person: not by the number of the row, which tells how many there are. */
export interface UserSubjectsTable {
  user_id: number
  subject: string
}

export interface HooksTable {
  id: Generated<number>
  url: string
  description: string
  /** Names separated by single spaces. */
  actions: string
  timeout_ms: number
  /** What becomes of a change when the hook fails. */
  on_failure: 'refuse' | 'allow'
  status: 'active' | 'paused'
  /** Sealed by the vault, like the one before it, which signs beside it for a while. */
  secret: string
  previous_secret: string | null
  previous_secret_expires_at: string | null
  /** Failed calls since the last that succeeded, as the process that made the latest one counts them. */
  consecutive_failures: Generated<number>
  failing_since: string | null
  last_success_at: string | null
  last_failure_at: string | null
  circuit_trips: Generated<number>
  circuit_open_until: string | null
  created_at: string
  updated_at: string
  version: number
}

export interface HookCallsTable {
  id: Generated<number>
  hook_id: number
  action: string
  /** The record that was to be changed; null for a create. */
  target_id: number | null
  /** The person it is about: `input` and `response_body` are sealed under their key. */
  user_id: number | null
  actor_type: string
  actor_id: number | null
  request_id: string | null
  is_test: number
  created_at: string
  duration_ms: number
  outcome: 'allowed' | 'changed' | 'refused' | 'failed'
  error: string | null
  /** 1: the change went on. */
  proceeded: number
  /** JSON, without secrets, as far as it is kept. */
  input: string
  input_truncated: number
  response_status: number | null
  response_body: string | null
  response_truncated: number
}

export interface WebhooksTable {
  id: Generated<number>
  url: string
  description: string
  /** Event types and patterns, separated by single spaces; `webhook_subscriptions` is made from them. */
  events: string
  /** JSON of the rules for `documents:read` that narrow what is sent; null when nothing is narrowed. */
  rules: string | null
  /** Header fields that the owner adds to every delivery, as JSON, sealed by the vault: they may hold a password. */
  headers: string | null
  /** With which it identifies itself to its receiver, as PEM; null without one. */
  client_certificate: string | null
  /** The key of that certificate as PEM, sealed by the vault. */
  client_key: string | null
  /** Deliveries that may be under way at once. */
  concurrency: number
  rate_limit_per_minute: number | null
  /** 1: updates are sent with the values that they replaced. */
  include_previous: Generated<number>
  format: Generated<'standard' | 'cloudevents'>
  /** 1: a key pair signs beside the secret. */
  ed25519: Generated<number>
  /** resource: events about one record are sent in their order. */
  ordering: Generated<'none' | 'resource'>
  /** CEL. */
  filter: Generated<string | null>
  /** JSONata. */
  transform: Generated<string | null>
  status: string
  disabled_reason: string | null
  owner_id: number
  /** The credential that decided what is sent, and bounds it; null if a person did. */
  credential_id: number | null
  created_at: string
  updated_at: string
  deleted_at: string | null
  /** Failed attempts since the last success, without resends and tests. */
  consecutive_failures: Generated<number>
  failing_since: string | null
  last_success_at: string | null
  last_failure_at: string | null
  /** Of the last test, if it failed and nothing has succeeded since. */
  test_failed_at: string | null
  /** How often in a row the circuit breaker has opened. */
  circuit_trips: Generated<number>
  circuit_open_until: string | null
  /** Under a rate limit: nothing is sent until then. */
  throttled_until: string | null
  version: number
  /** Grows whenever what may be sent to it may have changed. */
  standing: Generated<number>
  /** The standing for which its waiting deliveries have been arranged: held, released or discarded. */
  arranged: Generated<number>
  /** Fingerprint of what its owner might read when deliveries were last held or released. */
  owner_grant: Generated<string>
}

export interface WebhookSubscriptionsTable {
  event_type: string
  webhook_id: number
}

export interface WebhookSecretsTable {
  id: Generated<number>
  webhook_id: number
  /** Sealed by the vault. */
  secret: string
  /** Of the key pair, sealed by the vault, and its public part; null without `ed25519`. */
  signing_key: string | null
  public_key: string | null
  created_at: string
  /** Set when a newer secret replaced this one: until then it signs beside it. */
  expires_at: string | null
}

/** An event whose deliveries are still to be written. */
export interface FanOutsTable {
  event_id: number
  event_type: string
  /** JSON of the ids of webhooks that subscribed when it happened and have no delivery of it yet. */
  webhooks: string
  /** That of its deliveries. */
  created_at: string
  /** 1 when nothing can be sent to any of them now, so that others go first. */
  only_resting: Generated<0 | 1>
  /** The record that the event is about, as `document/7`. */
  order_key: Generated<string>
}

/** The processes of an installation, where several share a database. */
export interface ProcessesTable {
  /** What its lease tokens begin with. */
  id: string
  public_url: string
  /** Whether nobody has set the address, so that it is that of the port. */
  is_local: 0 | 1
  sends: 0 | 1
  started_at: string
  seen_at: string
}

/** One event on its way to one webhook. Instants have milliseconds. */
export interface DeliveriesTable {
  id: Generated<number>
  webhook_id: number
  event_id: number
  event_type: string
  /** 1 for the delivery that came with the event, one more for each resend. */
  generation: number
  status: 'pending' | 'sending' | 'held' | 'delivered' | 'failed' | 'discarded'
  /** Attempts begun so far. */
  attempts: Generated<number>
  created_at: string
  last_attempt_at: string | null
  /** While pending. */
  next_attempt_at: string | null
  /** While sending: the holder of this token may record the outcome of the attempt. */
  lease_token: string | null
  lease_until: string | null
  finished_at: string | null
  /** The delivery that resends this one. */
  resent_as: number | null
  /** While held, and once discarded. */
  reason: string | null
  /** While held: that of the webhook, under which it was held. */
  standing: number | null
  /** Of the last attempt that has ended: the class of its response (`5xx`), or why there was none. */
  last_result: string | null
  /** 1 for a test, which is not retried and does not count against the webhook. */
  is_test: Generated<number>
  /** The record that the event is about, as `document/7`: while the webhook is ordered. Never of resends and tests. */
  order_key: string | null
}

export interface DeliveryAttemptsTable {
  delivery_id: number
  number: number
  started_at: string
  duration_ms: number
  outcome: 'succeeded' | 'failed' | 'interrupted'
  /** Why there was no response; null when there was one, whatever its status. */
  error: string | null
  /** JSON, without the values of the owner's own fields. */
  request_headers: string | null
  response_status: number | null
  /** Sealed, like the body, where the event is about a person: receivers may repeat what they got. */
  response_headers: string | null
  response_body: string | null
  /** 1 when the response was longer than what is kept. */
  response_truncated: Generated<number>
}

/** Outcomes of attempts within one hour, and what became of their deliveries. */
export interface DeliveryOutcomesTable {
  /** 0 for all webhooks together. */
  webhook_id: number
  /** Its beginning, as a timestamp. */
  hour: string
  /** The rows of one hour add up: writers of the row for all webhooks use one of several, and rarely wait for another. */
  slot: number
  delivered: number
  failed_attempts: number
  failed: number
}

/** A receiver on this server, to try webhooks with. */
export interface TestReceiversTable {
  id: Generated<number>
  /** The end of its URL. */
  token: string
  owner_id: number
  response_status: number
  received: Generated<number>
  last_received_at: string | null
  created_at: string
  expires_at: string
}

/** A request to a test receiver. */
export interface TestReceiptsTable {
  id: Generated<number>
  receiver_id: number
  received_at: string
  /** Null: it is verified. */
  problem: string | null
  webhook_id: number | null
  event_id: number | null
  event_type: string | null
  headers: string
  /** Sealed for the person that the event is about. */
  body: string | null
}

/** A mail to a user, written with the change that it is about. */
export interface MailsTable {
  id: Generated<number>
  kind: string
  user_id: number
  /** The address of the user at that time. */
  recipient: string
  language: string
  /** The same for each attempt, so that mailboxes recognise a mail that comes twice. */
  message_id: string
  /** JSON of the values of its template. */
  data: string
  /** The secret of its link, sealed by the vault until the mail is finished. */
  token: string | null
  status: Generated<'pending' | 'sending' | 'sent' | 'failed'>
  attempts: Generated<number>
  /** Why the last attempt failed. */
  error: string | null
  created_at: string
  /** When its link expires: it is not sent after that. */
  expires_at: string | null
  last_attempt_at: string | null
  next_attempt_at: string | null
  lease_token: string | null
  lease_until: string | null
  finished_at: string | null
  /** The mail that resends this one. */
  resent_as: number | null
}

/** A request for a link to set a password, until it is known who is meant. */
export interface PasswordRequestsTable {
  id: Generated<number>
  /** As it was typed, sealed by the vault: people type passwords into the wrong field. */
  name: string
  language: string
  ip: string
  request_id: string
  created_at: string
}

/** What administrators and owners were alerted to, so that nobody is alerted twice. */
export interface MailAlertsTable {
  alert: string
  created_at: string
}

export interface AutomationsTable {
  id: Generated<number>
  name: string
  description: string
  enabled: number
  trigger_type: 'event' | 'schedule' | 'button'
  /** JSON, as is `steps`; without the values of header fields. */
  trigger_json: string
  steps: string
  /** JSON of the header fields by the name of their step, sealed by the vault. */
  secrets: string | null
  owner_id: number
  /** The credential that decided what it does; null if a person did. */
  credential_id: number | null
  /** Of an enabled schedule. */
  next_run_at: string | null
  created_at: string
  updated_at: string
  deleted_at: string | null
  version: number
}

/** What begins runs of enabled rules. */
export interface AutomationTriggersTable {
  event_type: string
  /** `category="policies"`: a value that the condition requires; empty without one. */
  key: string
  automation_id: number
  /** Events up to this one happened before the rule was switched on. */
  after_event_id: number
}

/** How far the event log was read for rules. */
export interface AutomationLogTable {
  id: number
  event_id: number
}

export interface AutomationRunsTable {
  id: Generated<number>
  automation_id: number
  automation_version: number
  trigger_type: AutomationsTable['trigger_type']
  event_id: number | null
  event_type: string | null
  /** The person whom the event is about. */
  subject_id: number | null
  /** The user who pressed the button. */
  started_by: number | null
  /** JSON of what was sent with it. */
  input: string | null
  /** How many runs caused each other, up to this one. */
  depth: number
  /** As they were when it began. */
  steps: string
  secrets: string | null
  status: 'pending' | 'running' | 'waiting' | 'succeeded' | 'stopped' | 'failed' | 'cancelled' | 'cut'
  reason: string | null
  /** What went wrong, in a sentence. */
  error: string | null
  /** The index of the step that is next. */
  step: number
  /** Of that step. */
  attempts: number
  created_at: string
  next_at: string | null
  lease_token: string | null
  lease_until: string | null
  finished_at: string | null
}

export interface AutomationAttemptsTable {
  id: Generated<number>
  run_id: number
  step: number
  name: string
  outcome: 'succeeded' | 'failed' | 'interrupted'
  error: string | null
  /** JSON, sealed for the person whom the event is about. */
  input: string | null
  output: string | null
  started_at: string
  duration_ms: number
}

/** Which run wrote an event. */
export interface AutomationEffectsTable {
  event_id: number
  run_id: number
}

/** The health of the receiver of a step. */
export interface AutomationCircuitsTable {
  automation_id: number
  step: string
  consecutive_failures: number
  failing_since: string | null
  last_success_at: string | null
  last_failure_at: string | null
  test_failed_at: string | null
  circuit_trips: number
  circuit_open_until: string | null
}
