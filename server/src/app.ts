import { CredentialDirectory } from './access/credential-directory.ts'
import { Delegations } from './access/delegations.ts'
import { OriginDirectory } from './access/origins.ts'
import { SessionDirectory } from './access/session-directory.ts'
import { alerting } from './alerts/service.ts'
import { authorizeRoutes } from './applications/authorize-routes.ts'
import { deviceRoutes } from './applications/device-routes.ts'
import { logoutRoutes } from './applications/logout-routes.ts'
import { myApplicationRoutes } from './applications/my-routes.ts'
import { applicationGrants } from './applications/tokens.ts'
import { auditChaining } from './audit/chain.ts'
import { auditPruning } from './audit/prune-service.ts'
import { AuditRecorder } from './audit/recorder.ts'
import { auditRoutes } from './audit/routes.ts'
import { outsideWriting } from './audit/service.ts'
import { AuditSink, sinkFeeding } from './audit/sink.ts'
import { AutomationEngine } from './automations/engine.ts'
import { Backups, backupMaking } from './backups/backups.ts'
import { catalogRoutes } from './catalog/routes.ts'
import type { Config } from './config/decide.ts'
import type { Context } from './context.ts'
import { requestLapsing } from './credential-requests/lapse-service.ts'
import { credentialRequestRoutes } from './credential-requests/routes.ts'
import { adoptRestoredAudit } from './db/audit-order.ts'
import { awaitDatabase, type Patience } from './db/await-database.ts'
import type { Database } from './db/database.ts'
import { clockFollowing, DatabaseClock } from './db/database-clock.ts'
import { adoptRestoredLog } from './db/event-log.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { deliveryPruning, outcomePruning } from './deliveries/prune-service.ts'
import { deliveryRoutes } from './deliveries/routes.ts'
import { applyOwnRegister } from './erasure/register.ts'
import { erasureRoutes } from './erasure/routes.ts'
import { erasing } from './erasure/service.ts'
import { EventStreams } from './events/event-streams.ts'
import { eventRoutes } from './events/routes.ts'
import { eventPruning } from './events/service.ts'
import { eventStreamRoutes } from './events/stream-routes.ts'
import { Expressions } from './expressions/expressions.ts'
import { extensions } from './extension/loaded.ts'
import type { Extensions } from './extensions/extensions.ts'
import { healthRoutes } from './health/routes.ts'
import { HookCallLog } from './hooks/call-log.ts'
import { callWriting } from './hooks/call-service.ts'
import { HookDirectory } from './hooks/directory.ts'
import { responseForgetting } from './http/idempotency.ts'
import { exportBounds, importBounds, OpenTransfers } from './http/open-transfers.ts'
import { type App, createPipeline } from './http/pipeline.ts'
import { importRoutes } from './import/routes.ts'
import type { Task } from './lib/background.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import { Pace } from './lib/pace.ts'
import { untilAborted } from './lib/until-aborted.ts'
import type { Limiter } from './limiter/limiter.ts'
import { memoryLimiter } from './limiter/memory.ts'
import { Mailer, mailingFor } from './mail/mailer.ts'
import { mailRoutes } from './mail/routes.ts'
import { mailPruning } from './mail/service.ts'
import { readTemplates } from './mail/templates.ts'
import { mcpRoutes } from './mcp/routes.ts'
import { ToolCalls } from './mcp/statistics.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { AccessTokens, tokenLifetimeSeconds } from './oauth/access-tokens.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { SigningKeys } from './oauth/signing-keys.ts'
import { wellKnownRoutes } from './oauth/well-known-routes.ts'
import { openApiRoutes } from './openapi/document.ts'
import { permissionRoutes } from './permissions/routes.ts'
import { RequestRecorder } from './requests/recorder.ts'
import { requestRoutes } from './requests/routes.ts'
import { requestPruning, requestWriting } from './requests/service.ts'
import { catalog, resources } from './resources.ts'
import { sealLogs } from './sealed-logs.ts'
import { vaultFor } from './sealed-values.ts'
import { passkeyRoutes } from './second-factors/passkey-routes.ts'
import { secondFactorRoutes } from './second-factors/routes.ts'
import { secretKeyFollowing } from './secret-key-rotation.ts'
import { createSender, type SenderParts } from './sending/attempt.ts'
import { Dispatcher } from './sending/dispatcher.ts'
import { createExchange, type Exchange } from './sending/exchange.ts'
import { createGuard } from './sending/guard.ts'
import { notLoaded } from './sending/outcome.ts'
import { ownReceivers } from './sending/own-receiver.ts'
import { systemResolve } from './sending/resolve.ts'
import { passkeySignInRoutes } from './sessions/passkey-routes.ts'
import { passwordLinkRoutes } from './sessions/password-link-routes.ts'
import { resolvePasswordRequests } from './sessions/password-request-service.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { setupRoutes } from './sessions/setup-routes.ts'
import { SignInCounts } from './sessions/sign-in.ts'
import { signInStepRoutes } from './sessions/step-routes.ts'
import { userSessionRoutes } from './sessions/user-sessions-routes.ts'
import { apiCatalogRoute } from './site/api-catalog.ts'
import { builtSiteDir, siteIn } from './site/files.ts'
import { packageRoutes, packedDir } from './site/packages.ts'
import { siteRoutes } from './site/routes.ts'
import { securityTxtRoute } from './site/security-txt.ts'
import { testReceiverEndpoint, testReceiverRoutes } from './test-receivers/routes.ts'
import { receiverExpiry } from './test-receivers/service.ts'
import { UsageRecorder } from './usage/recorder.ts'
import { usageRoutes } from './usage/routes.ts'
import { usagePruning, usageWriting } from './usage/service.ts'
import { meRoutes } from './users/me-routes.ts'
import { userPasswordLinkRoutes } from './users/password-link-routes.ts'
import { createPasswords } from './users/passwords.ts'

/** What a test may replace; nothing else is ever replaced. */
export interface Outside {
  clock?: Clock
  /** The addresses of a host name, for webhooks. */
  resolve?: (host: string) => Promise<string[]>
  /** For a database that cannot be reached yet; none unless given. */
  patience?: Patience
  /** The folder of the built console. */
  siteDir?: string
  packagesDir?: string
}

/** Opens the database, brings its tables up to date and constructs everything once. */
export async function createContext(
  decided: Config,
  log: Log,
  { patience = { timeoutMs: 0 }, ...outside }: Outside = {},
): Promise<Context> {
  const database = openDatabase(decided.database, log)
  let opened: Context | undefined
  try {
    await untilAborted(prepareDatabase(database, log, patience), patience.stopped)
    const { secretKey, vault } = await vaultFor(decided, database)
    database.subjects.unlock(vault, database.read)
    await sealLogs(database, log, patience.stopped)
    const clock = outside.clock ?? (await ownClock(database))
    const limiter = await limiterFor(decided)
    const parts = { database, vault, limiter, extend: await extensionsOf() }
    const context = contextOn({ ...decided, secretKey }, log, parts, clock, outside)
    opened = context
    await untilAborted(applyOwnRegister(context), patience.stopped)
    return context
  } catch (error) {
    await (opened ? closeContext(opened) : database.close())
    throw error
  }
}

async function prepareDatabase(database: Database, log: Log, patience: Patience): Promise<void> {
  await awaitDatabase(database, log, patience)
  const applied = await migrate(database, log, patience.stopped)
  if (applied.length > 0) log.info({ applied }, 'the tables were brought up to date')
  if (extensions.length > 0) {
    const { migrateExtensions } = await import('./extensions/migrations.ts')
    const changed = await migrateExtensions(database, extensions)
    if (changed.length > 0) log.info({ applied: changed }, 'the tables of extensions were brought up to date')
  }
  await adoptRestoredLog(database.migrating)
  await adoptRestoredAudit(database.migrating)
}

interface Opened extends Pick<Context, 'database' | 'vault'> {
  limiter: LimiterOf
  extend: ExtendBy | undefined
}

function contextOn(
  config: Context['config'],
  log: Log,
  { database, vault, limiter, extend }: Opened,
  clock: Clock,
  outside: Outside,
): Context {
  const resolve = outside.resolve ?? systemResolve()
  const guard = createGuard({ ...config.webhooks, ownReceiver: ownReceivers(config), resolve })
  const exchange = createExchange({ guard, resolve, ...config.webhooks })
  const expressions = new Expressions(clock)
  const extended = extend?.(log, exchange)
  const source = config.publicUrl
  const sender = createSender({
    ...{ vault, clock, exchange, expressions, database, log, source },
    toExtension: receivedBy(extended, config.webhooks.timeoutMs),
  })
  const pace = new Pace()
  const credentials = new CredentialDirectory(database, clock)
  const eventStreams = new EventStreams({ config, catalog, database, log, pace })
  credentials.onForgotten(() => eventStreams.checkSoon())
  const made: Omit<Context, 'automations'> = {
    backups: config.backups && new Backups({ config, database, clock, log }),
    config,
    catalog,
    clock,
    log,
    database,
    audit: new AuditRecorder(database, clock, log),
    auditSink: config.auditSink && new AuditSink({ database, clock, log }, config.auditSink),
    vault,
    credentials,
    usage: new UsageRecorder(database, clock, log),
    requestLog: new RequestRecorder(config.requestLog, database, clock, log),
    origins: new OriginDirectory(database.read, clock),
    ...tokensOn({ database, clock, vault, config }),
    passwords: createPasswords(),
    sessions: new SessionDirectory(database, clock, log),
    delegations: new Delegations(database, clock),
    signIns: new SignInCounts(),
    guard,
    exchange,
    expressions,
    extensions: extended,
    ...hooksOn({ database, clock, vault, log }),
    sender,
    dispatcher: new Dispatcher({
      ...{ config, catalog, clock, log, database, sender },
      hasOwnClock: !(clock instanceof DatabaseClock),
    }),
    pace,
    mailer: mailerFor({ config, clock, log, database, vault }),
    openExports: new OpenTransfers(exportBounds),
    toolCalls: new ToolCalls(),
    openImports: new OpenTransfers(importBounds),
    eventStreams,
    site: siteIn(outside.siteDir ?? builtSiteDir),
    packagesDir: outside.packagesDir ?? packedDir,
    writesInFlight: new Set(),
    // The last: nothing that could fail comes after the connection to Redis.
    limiter: limiter(clock, log),
  }
  const context = made as Context
  // It carries out changes as requests do, and needs all of it.
  context.automations = new AutomationEngine(context)
  return context
}

function receivedBy(extensions: Extensions | undefined, timeoutMs: number): SenderParts['toExtension'] {
  return async (name, event) => extensions?.receive(name, { ...event, timeoutMs }) ?? notLoaded
}

type KeyParts = Pick<Context, 'database' | 'clock' | 'vault' | 'config'>

function tokensOn({ database, clock, vault, config }: KeyParts) {
  const signingKeys = new SigningKeys(database, vault, clock, tokenLifetimeSeconds * 1_000)
  return { signingKeys, tokens: new AccessTokens(signingKeys, clock, config.publicUrl) }
}

function hooksOn({ database, clock, vault, log }: Pick<Context, 'database' | 'clock' | 'vault' | 'log'>) {
  const hooks = new HookDirectory(database.read, clock, vault)
  return { hooks, hookCalls: new HookCallLog(database, hooks, clock, log) }
}

function mailerFor(parts: Pick<Context, 'config' | 'clock' | 'log' | 'database' | 'vault'>) {
  const mailing = mailingFor(parts)
  const templates = mailing && readTemplates(parts.config.mail.templatesDir)
  return (
    templates && new Mailer({ ...parts, mailing, templates, prepare: () => resolvePasswordRequests(parts) })
  )
}

type LimiterOf = (clock: Clock, log: Log) => Limiter

/** The client of Redis is a tenth of the start, and is loaded only where Redis is set. */
async function limiterFor({ redisUrl }: Pick<Config, 'redisUrl'>): Promise<LimiterOf> {
  if (redisUrl === undefined) return memoryLimiter
  const { redisLimiter } = await import('./limiter/redis.ts')
  return (clock, log) => redisLimiter(redisUrl, clock, log)
}

type ExtendBy = (log: Log, exchange: Exchange) => Extensions

/** Loaded only where there are extensions. */
async function extensionsOf(): Promise<ExtendBy | undefined> {
  if (extensions.length === 0) return undefined
  const { Extensions } = await import('./extensions/extensions.ts')
  return (log, exchange) => new Extensions(extensions, { log, exchange })
}

/** Processes that share a database share its clock; the embedded one uses this machine's. */
async function ownClock(database: Database): Promise<Clock> {
  return database.dialect === 'postgres' ? DatabaseClock.follow(database) : systemClock
}

export async function closeContext(context: Context): Promise<void> {
  const { limiter, sessions, database, usage, requestLog, audit, auditSink, exchange, expressions } = context
  const { hookCalls, log } = context
  exchange.close()
  try {
    await expressions.close()
    await sessions.settled()
    await usage
      .flush()
      .catch((error: unknown) => log.error({ err: error }, 'the last usage was not written down'))
    await requestLog
      .flush()
      .catch((error: unknown) => log.error({ err: error }, 'the last requests were not written to the log'))
    await hookCalls
      .flush()
      .catch((error: unknown) => log.error({ err: error }, 'the last calls of hooks were not written down'))
    await audit
      .flush({ isLast: true })
      .catch((error: unknown) => log.error({ err: error }, 'the last audit rows were not written down'))
    await auditSink
      ?.close()
      .catch((error: unknown) => log.warn({ err: error }, 'the audit sink is not released'))
    await limiter.close()
  } finally {
    await database.close()
  }
}

/** Everything that runs without a caller, as far as this process's role includes it. */
export function createTasks(context: Context): Task[] {
  const { clock, config } = context
  const ofEveryProcess = [
    usageWriting(context),
    requestWriting(context),
    callWriting(context),
    outsideWriting(context),
    secretKeyFollowing(context),
    ...(clock instanceof DatabaseClock ? [clockFollowing(clock)] : []),
  ]
  if (config.role === 'api') return ofEveryProcess
  return [
    ...ofEveryProcess,
    ...resources.flatMap((resource) => resource.tasks(context)),
    responseForgetting(context),
    mailPruning(context),
    ...alerting(context),
    deliveryPruning(context),
    outcomePruning(context),
    eventPruning(context),
    erasing(context),
    usagePruning(context),
    requestPruning(context),
    auditChaining(context),
    ...auditPruning(context),
    ...sinkFeeding(context),
    requestLapsing(context),
    ...backupMaking(context),
    ...(context.extensions?.tasks(context) ?? []),
    receiverExpiry(context),
  ]
}

/** The HTTP side: the pipeline, and the routes of every feature behind it. */
export function createApp(context: Context): App {
  const app = appOf(context)
  // The API is there for extensions also in a process that serves it to nobody else.
  const { config, extensions } = context
  let inside = config.role === 'worker' ? undefined : app
  extensions?.inside.connect(() => {
    inside ??= appOf({ ...context, config: { ...config, role: 'all' } })
    return inside
  })
  return app
}

function appOf(context: Context): App {
  const app = createPipeline(context)
  healthRoutes(app, context)
  metricsRoutes(app, context)
  testReceiverEndpoint(app, context)
  // A worker only serves health, metrics and what it sends to itself.
  if (context.config.role === 'worker') return app
  oauthRoutes(app, context, applicationGrants(context))
  authorizeRoutes(app, context)
  deviceRoutes(app, context)
  logoutRoutes(app, context)
  wellKnownRoutes(app, context)
  sessionRoutes(app, context)
  signInStepRoutes(app, context)
  userSessionRoutes(app, context)
  myApplicationRoutes(app, context)
  passwordLinkRoutes(app, context)
  setupRoutes(app, context)
  meRoutes(app, context)
  secondFactorRoutes(app, context)
  passkeyRoutes(app, context)
  passkeySignInRoutes(app, context)
  userPasswordLinkRoutes(app, context)
  for (const resource of resources) resource.routes(app, context)
  context.extensions?.routes(app)
  importRoutes(app, context, resources)
  mcpRoutes(app, context, resources)
  credentialRequestRoutes(app, context)
  usageRoutes(app, context)
  requestRoutes(app, context)
  deliveryRoutes(app, context)
  testReceiverRoutes(app, context)
  mailRoutes(app, context)
  eventRoutes(app, context)
  eventStreamRoutes(app, context)
  auditRoutes(app, context)
  permissionRoutes(app, context)
  erasureRoutes(app, context)
  catalogRoutes(app, context)
  openApiRoutes(app, context)
  siteRoutes(app, context)
  packageRoutes(app, context)
  securityTxtRoute(app, context)
  apiCatalogRoute(app, context)
  return app
}
