import { auditRoutes } from './audit/routes.ts'
import type { Config } from './config/decide.ts'
import type { Context } from './context.ts'
import { CredentialDirectory } from './credentials/directory.ts'
import { credentialRoutes } from './credentials/routes.ts'
import { UsageRecorder } from './credentials/usage-recorder.ts'
import { usagePruning, usageWriting } from './credentials/usage-task.ts'
import { adoptRestoredLog } from './db/event-log.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { scheduledPublishing } from './documents/publish-task.ts'
import { documentPurging } from './documents/purge-task.ts'
import { documentRoutes } from './documents/routes.ts'
import { eventPruning } from './events/prune-task.ts'
import { eventRoutes } from './events/routes.ts'
import { healthRoutes } from './health/routes.ts'
import { answerForgetting } from './http/forget-answers-task.ts'
import { openApiRoutes } from './http/openapi.ts'
import { type App, createPipeline } from './http/pipeline.ts'
import type { Task } from './lib/background.ts'
import { type Clock, systemClock } from './lib/clock.ts'
import type { Log } from './lib/log.ts'
import { createVault } from './lib/vault.ts'
import { memoryLimiter } from './limiter/memory.ts'
import { metricsRoutes } from './metrics/routes.ts'
import { AccessTokens, tokenLifetimeSeconds } from './oauth/access-tokens.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { SigningKeys } from './oauth/signing-keys.ts'
import { wellKnownRoutes } from './oauth/well-known-routes.ts'
import { SessionDirectory } from './sessions/directory.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { setupRoutes } from './sessions/setup-routes.ts'
import { meRoutes } from './users/me-routes.ts'
import { createPasswords } from './users/passwords.ts'
import { userPurging } from './users/purge-task.ts'
import { userRoutes } from './users/routes.ts'

/** What a test may put in the place of the real thing; nothing else is ever replaced. */
export interface Outside {
  clock?: Clock
}

/** Opens the database, brings its tables up to date and constructs everything once. */
export async function createContext(
  config: Config,
  log: Log,
  { clock = systemClock }: Outside = {},
): Promise<Context> {
  const database = openDatabase(config.database, log)
  try {
    const applied = await migrate(database)
    if (applied.length > 0) log.info({ applied }, 'the tables were brought up to date')
    await adoptRestoredLog(database.migrating)
  } catch (error) {
    await database.close()
    throw error
  }
  const vault = createVault(config.secretKey)
  const signingKeys = new SigningKeys(database, vault, clock, tokenLifetimeSeconds * 1_000)
  return {
    config,
    clock,
    log,
    database,
    vault,
    limiter: memoryLimiter(clock),
    credentials: new CredentialDirectory(database, clock),
    usage: new UsageRecorder(database, clock, log),
    signingKeys,
    tokens: new AccessTokens(signingKeys, clock, config.publicUrl),
    passwords: createPasswords(),
    sessions: new SessionDirectory(database, clock, log),
    writesInFlight: new Set(),
  }
}

export async function closeContext({ limiter, sessions, database, usage, log }: Context): Promise<void> {
  await sessions.settled()
  await usage
    .flush()
    .catch((error: unknown) => log.error({ err: error }, 'the last usage was not written down'))
  await limiter.close()
  await database.close()
}

/** Everything that runs without being asked for. */
export function createTasks(context: Context): Task[] {
  return [
    scheduledPublishing(context),
    documentPurging(context),
    userPurging(context),
    answerForgetting(context),
    eventPruning(context),
    usageWriting(context),
    usagePruning(context),
  ]
}

/** The HTTP side: the pipeline, and every feature's routes behind it. */
export function createApp(context: Context): App {
  const app = createPipeline(context)
  healthRoutes(app, context)
  metricsRoutes(app, context)
  oauthRoutes(app, context)
  wellKnownRoutes(app, context)
  sessionRoutes(app, context)
  setupRoutes(app, context)
  meRoutes(app, context)
  userRoutes(app, context)
  documentRoutes(app, context)
  credentialRoutes(app, context)
  eventRoutes(app, context)
  auditRoutes(app, context)
  openApiRoutes(app, context)
  return app
}
