import type { CredentialDirectory } from './access/credential-directory.ts'
import type { Delegations } from './access/delegations.ts'
import type { OriginDirectory } from './access/origins.ts'
import type { SessionDirectory } from './access/session-directory.ts'
import type { AuditRecorder } from './audit/recorder.ts'
import type { AuditSink } from './audit/sink.ts'
import type { AutomationEngine } from './automations/engine.ts'
import type { Backups } from './backups/backups.ts'
import type { Config } from './config/decide.ts'
import type { Database } from './db/database.ts'
import type { EventStreams } from './events/event-streams.ts'
import type { Expressions } from './expressions/expressions.ts'
import type { Extensions } from './extensions/extensions.ts'
import type { HookCallLog } from './hooks/call-log.ts'
import type { HookDirectory } from './hooks/directory.ts'
import type { OpenTransfers } from './http/open-transfers.ts'
import type { Clock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import type { Pace } from './lib/pace.ts'
import type { Vault } from './lib/vault.ts'
import type { Limiter } from './limiter/limiter.ts'
import type { Mailer } from './mail/mailer.ts'
import type { ToolCalls } from './mcp/statistics.ts'
import type { AccessTokens } from './oauth/access-tokens.ts'
import type { SigningKeys } from './oauth/signing-keys.ts'
import type { RequestRecorder } from './requests/recorder.ts'
import type { Catalog } from './resource/catalog.ts'
import type { Sender } from './sending/attempt.ts'
import type { Dispatcher } from './sending/dispatcher.ts'
import type { Exchange } from './sending/exchange.ts'
import type { Guard } from './sending/guard.ts'
import type { SignInCounts } from './sessions/sign-in.ts'
import type { SiteNow } from './site/files.ts'
import type { UsageRecorder } from './usage/recorder.ts'
import type { Passwords } from './users/passwords.ts'

/** What the product is made of. `app.ts` constructs it; everything else receives it, or a part of it. */
export interface Context {
  config: Config & { secretKey: string }
  catalog: Catalog
  clock: Clock
  log: Log
  database: Database
  /** Records what changes no record: refusals, failed sign-ins, exports. */
  audit: AuditRecorder
  /** Undefined: the audit log is copied nowhere. */
  auditSink: AuditSink | undefined
  vault: Vault
  limiter: Limiter
  credentials: CredentialDirectory
  origins: OriginDirectory
  usage: UsageRecorder
  requestLog: RequestRecorder
  signingKeys: SigningKeys
  tokens: AccessTokens
  passwords: Passwords
  sessions: SessionDirectory
  delegations: Delegations
  signIns: SignInCounts
  guard: Guard
  exchange: Exchange
  expressions: Expressions
  /** Undefined: there are none. */
  extensions: Extensions | undefined
  hooks: HookDirectory
  hookCalls: HookCallLog
  sender: Sender
  dispatcher: Dispatcher
  /** Undefined: no mail is sent, because no mail server is set. */
  mailer: Mailer | undefined
  automations: AutomationEngine
  /** Undefined: none are kept. */
  backups: Backups | undefined
  /** Heavy work in turns of the event loop. */
  pace: Pace
  openExports: OpenTransfers
  openImports: OpenTransfers
  eventStreams: EventStreams
  /** What assistants have called in this process. */
  toolCalls: ToolCalls
  /** The documentation and the console; none when they have not been built. */
  site: SiteNow
  /** The folder of the packed client libraries. */
  packagesDir: string
  /** Idempotency keys of the requests that this process is working on. */
  writesInFlight: Set<string>
}
