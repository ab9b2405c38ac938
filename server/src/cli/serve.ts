import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { signInIsExposed } from '../access/session-cookie.ts'
import { shutdownTimeoutMs } from '../api/limits.ts'
import { closeContext, createApp, createContext, createTasks } from '../app.ts'
import { type Config, decideConfig, httpAddress } from '../config/decide.ts'
import { readEnvironment } from '../config/env.ts'
import { freePort } from '../config/free-port.ts'
import type { Context } from '../context.ts'
import { startTimeoutMs } from '../db/await-database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { startBackground, type Task } from '../lib/background.ts'
import { createLog, type Log } from '../lib/log.ts'
import { newSetupLink } from '../sessions/setup-service.ts'
import type { Command, Terminal } from './command.ts'
import { listenError } from './listen-error.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Serve the API until SIGTERM or Ctrl-C',
  options: {},
  async run(_, terminal) {
    const config = decideConfig(await withPort(terminal.env))
    await serveUntilStopped(config, terminal, {
      whenReady: async (context, address) => {
        terminal.printError(`Comserv is ready at ${address}`)
        if (!context.site() && config.role !== 'worker')
          terminal.printError('It serves no pages: the console has not been built. npm run build builds it.')
        const setupLink = await newSetupLink(context)
        if (setupLink) terminal.printError(firstSteps(setupLink))
      },
    })
  },
}

const firstSteps = (setupLink: string) => `
There is no administrator yet. Open this link within 24 hours to make the first one; it works once:

  ${setupLink}

Or stay on the command line: make an administrator, and a credential for a program:

  npm run comserv -- admin create --username admin --email admin@example.org --password-stdin
  npm run comserv -- credential create --name "My program" --scopes "read write"
`

interface Serving {
  beforeListening?(context: Context): Promise<void>
  whenReady(context: Context, address: string): Promise<void>
}

/** Serves, tells when it is ready, and returns once it was asked to stop and has finished what was running. */
export async function serveUntilStopped(
  config: Config,
  { env }: Terminal,
  { beforeListening, whenReady }: Serving,
): Promise<void> {
  const log = createLog(config.logLevel)
  const { unknown } = readEnvironment(env)
  if (unknown.length > 0) log.warn({ unknown }, 'these variables look like settings, and are not')
  if (signInIsExposed(config)) {
    log.warn(
      { public_url: config.publicUrl },
      'people sign in without encryption: put https in front, and set COMSERV_PUBLIC_URL to its address',
    )
  }
  const stop = stopSignal()
  const starting = new AbortController()
  void stop.then(() => starting.abort())
  const context = await createContext(config, log, {
    patience: { timeoutMs: startTimeoutMs, stopped: starting.signal },
  })
  try {
    await beforeListening?.(context)
    const app = createApp(context)
    if (config.role !== 'api') await context.dispatcher.takeBackLeft()
    await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
      throw listenError(error, config.host, config.port)
    })
    const { port } = app.server.address() as AddressInfo
    const background = startBackground(
      createTasks(context).map((task) => outlastingDatabase(task, log)),
      log,
    )
    if (config.role !== 'api') context.dispatcher.start()
    await whenReady(context, httpAddress(config.host, port))
    log.info({ signal: await stop }, 'stopping: finishing what runs')
    const overdue = setTimeout(() => app.server.closeAllConnections(), shutdownTimeoutMs)
    await app.close()
    clearTimeout(overdue)
    await Promise.all([background.stop(), context.dispatcher.stop()])
  } finally {
    await closeContext(context)
    log.flush()
  }
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

async function stopSignal(): Promise<string> {
  return Promise.race(
    ['SIGTERM', 'SIGINT'].map(async (signal) => {
      await once(process, signal)
      return signal
    }),
  )
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
