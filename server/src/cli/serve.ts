import type { AddressInfo } from 'node:net'
import { signInIsExposed } from '../access/session-cookie.ts'
import { shutdownTimeoutMs } from '../api/limits.ts'
import { closeContext, createApp, createContext, createTasks } from '../app.ts'
import { type Config, decideConfig, httpAddress } from '../config/decide.ts'
import { readEnvironment } from '../config/env.ts'
import { freePort } from '../config/free-port.ts'
import type { ProxyAddress } from '../config/proxy.ts'
import type { Context } from '../context.ts'
import { startTimeoutMs, untilDatabaseAllows } from '../db/await-database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { extensions } from '../extension/loaded.ts'
import { variablesOf } from '../extension/settings.ts'
import { startExtensions } from '../extensions/start.ts'
import type { App } from '../http/pipeline.ts'
import { type Background, startBackground, type Task } from '../lib/background.ts'
import { releaseGarbageSoon } from '../lib/garbage.ts'
import { createLog, type Log } from '../lib/log.ts'
import { untilAborted } from '../lib/until-aborted.ts'
import { everyRole } from '../roles/service.ts'
import { newSetupLink } from '../sessions/setup-service.ts'
import { resubscribe } from '../webhooks/resubscribe.ts'
import type { Command, Terminal } from './command.ts'
import { listenError } from './listen-error.ts'
import { joinProcesses, leaveProcesses, presence, takeServing } from './one-installation.ts'
import { Stopped, stopSignal } from './stop-signal.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Serve the API until SIGTERM or Ctrl-C',
  options: {},
  async run(_, terminal) {
    const config = decideConfig(await withPort(terminal.env))
    await serveUntilStopped(config, terminal, {
      whenReady: async (context, address, stopped) => {
        terminal.printError(`Comserv is ready at ${address}`)
        if (!context.site() && config.role !== 'worker')
          terminal.printError('It serves no pages: the console has not been built. npm run build builds it.')
        const setupLink = await untilDatabaseAllows(() => newSetupLink(context), context.log, stopped)
        if (setupLink) terminal.printError(firstSteps(setupLink))
      },
    })
  },
}

/** In the package, whose files are JavaScript, it is a command of its own. */
const comserv = import.meta.url.endsWith('.js') ? 'comserv' : 'npm run comserv --'

const firstSteps = (setupLink: string) => `
There is no administrator yet. Open this link within 24 hours to make the first one; it works once:

  ${setupLink}

Or stay on the command line: make an administrator, and a credential for a program:

  ${comserv} admin create --username admin --email admin@example.org --password-stdin
  ${comserv} credential create --name "My program" --scopes "read write"
`

interface Serving {
  beforeListening?(context: Context): Promise<void>
  /** Whatever it waits for has to end when the server is asked to stop. */
  whenReady(context: Context, address: string, stopped: AbortSignal): Promise<void>
}

/** For everything that is closed at the end; each part has a shorter end of its own. */
const closingTimeoutMs = 40_000

/**
 * Serves, tells when it is ready, and returns once it was asked to stop and has finished what was running. A start that
 * fails, or is stopped before it was done, closes whatever it had opened until then: no process is left that listens and
 * does not serve.
 */
export async function serveUntilStopped(config: Config, { env }: Terminal, serving: Serving): Promise<void> {
  const log = createLog(config.logLevel)
  const ofExtensions = extensions.flatMap(variablesOf)
  const unknown = readEnvironment(env).unknown.filter(({ name }) => !ofExtensions.includes(name))
  for (const { name, meant } of unknown) {
    const hint = meant.length > 0 ? `; did you mean ${meant.join(', or ')}?` : ''
    log.warn({ name, meant }, `${name} is not a setting, and is ignored${hint}`)
  }
  if (signInIsExposed(config)) {
    log.warn(
      { public_url: config.publicUrl },
      'people sign in without encryption: put https in front, and set COMSERV_PUBLIC_URL to its address',
    )
  }
  if (config.trustProxy === true) {
    log.warn(
      'COMSERV_TRUST_PROXY=true trusts everybody: any caller can choose the address that limits, allowed_ips and the audit log see; name the proxy instead, such as COMSERV_TRUST_PROXY=127.0.0.1',
    )
  }
  const { proxies } = config.webhooks
  if (proxies) {
    const shown = (proxy?: ProxyAddress) => proxy && `${proxy.host}:${proxy.port}`
    log.info({ http: shown(proxies.http), https: shown(proxies.https) }, 'webhooks are sent through a proxy')
  }
  const stop = stopSignal()
  const closing = new AsyncDisposableStack()
  try {
    closing.defer(takeServing(config))
    const patience = { timeoutMs: startTimeoutMs, stopped: stop }
    const context = await createContext(config, log, { patience })
    closing.defer(() => closeContext(context))
    const heedMistakes = context.extensions?.outliveMistakes()
    if (heedMistakes) closing.defer(heedMistakes)
    const watched = context.extensions?.watch(config)
    if (watched) closing.defer(watched)
    closing.defer(() => leaveProcesses(context))
    await untilAborted(joinProcesses(context), stop)
    await warnOfUnknownRoles(context)
    await untilAborted(start(context, serving, closing, stop), stop)
    await untilAborted(new Promise<never>(() => {}), stop)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    log.info({ signal: error.signal }, 'stopping: finishing what runs')
  } finally {
    const overdue = setTimeout(() => endNow(log), closingTimeoutMs)
    await closing.disposeAsync().catch((error: unknown) => log.error({ err: error }, 'closing failed'))
    clearTimeout(overdue)
    stop.dispose()
    log.flush()
  }
}

/** Defers how each part is closed before it begins: one that was stopped meanwhile must not begin any more. */
async function start(
  context: Context,
  { beforeListening, whenReady }: Serving,
  closing: AsyncDisposableStack,
  stop: AbortSignal,
): Promise<void> {
  const { config, log, dispatcher, mailer, automations } = context
  await beforeListening?.(context)
  await startExtensions(context)
  await resubscribe(context)
  const app = createApp(context)
  if (config.role !== 'api')
    await Promise.all([dispatcher.takeBackLeft(), mailer?.takeBackLeft(), automations.takeBackLeft()])
  let background: Background | undefined
  closing.defer(async () => {
    context.backups?.stop()
    await Promise.all([background?.stop(), automations.stop(), dispatcher.stop(), mailer?.stop()])
  })
  closing.defer(() => closeApp(app))
  await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw listenError(error, config.host, config.port)
  })
  stop.throwIfAborted()
  background = startBackground(
    [...createTasks(context), ...presence(context)].map((task) => outlastingDatabase(task, log)),
    log,
  )
  if (config.role !== 'api') {
    dispatcher.start()
    mailer?.start()
    automations.start()
  }
  const { port } = app.server.address() as AddressInfo
  await whenReady(context, httpAddress(config.host, port), stop)
  releaseGarbageSoon()
}

async function closeApp(app: App): Promise<void> {
  const overdue = setTimeout(() => app.server.closeAllConnections(), shutdownTimeoutMs)
  await app.close()
  clearTimeout(overdue)
}

/** Every change that was acknowledged is on disk; what was not finished is due again at the next start. */
function endNow(log: Log): void {
  log.error({ after_ms: closingTimeoutMs }, 'stopping took too long, and the process ends where it stands')
  log.flush()
  process.exit(1)
}

/** What it was to do is still due when the database is back. */
function outlastingDatabase(task: Task, log: Log): Task {
  return {
    ...task,
    async run() {
      try {
        await task.run()
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error
        log.warn({ task: task.name, reason: error.message }, 'a background task waits for the database')
      }
    },
  }
}

/** `PORT=0` becomes a free port before anything is decided: the issuer of access tokens names it. */
export async function withPort(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env.PORT?.trim() !== '0') return env
  const host = env.HOST?.trim() || '127.0.0.1'
  const port = await freePort(host).catch((error: unknown) => {
    throw listenError(error, host, 0)
  })
  return { ...env, PORT: String(port) }
}

/** A misspelt role would need no second factor. */
async function warnOfUnknownRoles({ config, database, log }: Context): Promise<void> {
  if (config.secondFactorRoles.length === 0) return
  const known = (await everyRole(database.read)).map(({ name }) => name)
  const unknown = config.secondFactorRoles.filter((name) => name !== 'all' && !known.includes(name))
  if (unknown.length > 0)
    log.warn({ roles: unknown, known }, 'COMSERV_SECOND_FACTOR_ROLES names roles that do not exist')
}
