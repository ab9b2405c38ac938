import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, decideConfig, registerName } from '../config/decide.ts'
import { readSecretKey } from '../config/secret-key.ts'
import { logBelongs } from '../db/commit-stamps.ts'
import { strangeLog } from '../db/data-folder.ts'
import { describeFailure, describeFileFailure } from '../db/describe-failure.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { takeFolder } from '../db/folder-lock.ts'
import { createMoves, sayMark } from '../db/moves.ts'
import { addToRegister, readRegister } from '../erasure/register-file.ts'
import { makeFolder } from '../lib/make-folder.ts'
import { toTimestamp } from '../lib/timestamps.ts'
import { countAll, moveRows, prepareTarget, told } from '../move/move.ts'
import { movedOf, requireMovable } from '../move/plan.ts'
import { PostgresSide } from '../move/postgres-side.ts'
import type { Source, Target } from '../move/side.ts'
import * as from from '../move/source.ts'
import { SqliteSide } from '../move/sqlite-side.ts'
import * as to from '../move/target.ts'
import { type Command, CommandError, requiredText, type Terminal } from './command.ts'
import { moveProgress } from './move-progress.ts'

export const moveCommand: Command = {
  name: 'move',
  summary: 'Move everything from the embedded database to PostgreSQL, or back; no server may run',
  options: {
    to: {
      type: 'string',
      value: 'postgres://… | FOLDER',
      describes: 'An empty database of PostgreSQL, or a folder without one; PGPASSWORD may hold the password',
    },
    'dry-run': { type: 'boolean', describes: 'Check everything, count the rows, and write nothing' },
    cancel: {
      type: 'boolean',
      describes: 'Serve from the source again: forget a move that was begun, or made',
    },
  },
  async run(values, terminal) {
    const config = decideConfig(terminal.env)
    if (values.cancel === true) return cancel(config, terminal)
    const address = requiredText(values, 'to').trim()
    const ends = await openEnds(config, address, values['dry-run'] !== true)
    try {
      if (values['dry-run'] === true) await tryOut(config, ends, terminal)
      else await move(config, ends, terminal)
    } catch (error) {
      throw explained(error, config, address)
    } finally {
      await ends.close()
    }
  },
}

interface Ends {
  source: Source
  /** Undefined where a dry run finds no folder. */
  target: Target | undefined
  /** Of a target that is a folder. */
  folder: string | undefined
  close(): Promise<void>
}

async function openEnds(config: Config, address: string, canWrite: boolean): Promise<Ends> {
  const closing = new AsyncDisposableStack()
  const isPostgres = /^postgres(ql)?:\/\//i.test(address)
  try {
    requireOtherKind(config, address, isPostgres)
    const source = await openSource(config, canWrite, closing)
    if (isPostgres) {
      const target = await PostgresSide.open(address)
      closing.defer(() => target.close())
      return { source, target, folder: undefined, close: () => closing.disposeAsync() }
    }
    const folder = resolve(address)
    const target = openFolderTarget(folder, canWrite, closing)
    return { source, target, folder, close: () => closing.disposeAsync() }
  } catch (error) {
    await closing.disposeAsync()
    throw explained(error, config, address)
  }
}

function requireOtherKind({ database }: Config, address: string, isPostgres: boolean): void {
  if (!isPostgres && address.includes('://'))
    throw new CommandError('--to names a database of PostgreSQL (postgres://…), or a folder.')
  if (isPostgres && database.kind === 'postgres')
    throw new CommandError(
      'The data is in PostgreSQL (DATABASE_URL) already: its own pg_dump and pg_restore copy it to another database. To move from the embedded database, leave DATABASE_URL out.',
    )
  if (!isPostgres && database.kind === 'sqlite')
    throw new CommandError(
      'The data is in a folder already: `comserv backup` and `comserv restore` copy it to another one. To move from PostgreSQL, set DATABASE_URL.',
    )
}

async function openSource(
  { database, dataDir }: Config,
  canWrite: boolean,
  closing: AsyncDisposableStack,
): Promise<Source> {
  if (database.kind === 'postgres') {
    const source = await PostgresSide.open(database.url)
    closing.defer(() => source.close())
    return source
  }
  if (!existsSync(database.file)) throw new CommandError(`There is no database at ${database.file}.`)
  if (canWrite) hold(dataDir, closing)
  if (!logBelongs(database.file)) throw new CommandError(strangeLog(database.file))
  const source = new SqliteSide(database.file, canWrite)
  closing.defer(() => source.close())
  return source
}

function openFolderTarget(
  folder: string,
  canWrite: boolean,
  closing: AsyncDisposableStack,
): Target | undefined {
  const file = join(folder, 'comserv.db')
  if (!canWrite && !existsSync(file)) return undefined
  if (canWrite) makeFolder(folder)
  if (canWrite) hold(folder, closing)
  const target = new SqliteSide(file, canWrite)
  closing.defer(() => target.close())
  return target
}

function hold(folder: string, closing: AsyncDisposableStack): void {
  const lock = takeFolder(folder)
  if (!lock) throw new CommandError(`A server or a command has the data in ${folder} open; stop it first.`)
  closing.defer(() => lock.release())
}

/** Failures of both databases, each in the words of its own place. */
function explained(error: unknown, { database, dataDir }: Config, address: string): unknown {
  if (!(error instanceof DatabaseUnavailable)) return error
  const isOfFolder = (error.cause as { code?: string } | undefined)?.code === 'ERR_SQLITE_ERROR'
  if (database.kind === 'postgres')
    return new CommandError(
      isOfFolder ? describeFileFailure(error, address) : describeFailure(error, database.url),
    )
  return new CommandError(
    isOfFolder
      ? describeFileFailure(error, dataDir)
      : describeFailure(error, address).replaceAll('DATABASE_URL', '--to'),
  )
}

async function tryOut(config: Config, { source, target, folder }: Ends, { print }: Terminal): Promise<void> {
  await from.requireCurrent(source, config)
  const mark = await from.markOf(source, 'source')
  if (target) {
    await to.requireUsable(target)
    await to.requireEmptyOr(target, mark?.id)
  }
  if (folder) await to.requireSpace(source, folder)
  const tables = movedOf(await source.tables())
  requireMovable(tables)
  await from.requireNoNul(source, tables)
  const counts = await countAll(source, tables)
  for (const [name, rows] of counts) print(`${name}: ${told(rows)}`)
  const all = [...counts.values()].reduce((sum, rows) => sum + rows, 0)
  print(
    `${told(all)} of ${counts.size} tables would be moved from ${source.place} to ${target?.place ?? folder}. Nothing was written.`,
  )
  if (mark) print(sayMark(mark))
}

async function move(config: Config, { source, target, folder }: Ends, terminal: Terminal): Promise<void> {
  if (!target) throw new Error('There is no target.')
  await from.requireCurrent(source, config)
  const known = await from.markOf(source, 'source')
  const isDone = known?.state === 'moved' && (await from.markOf(target, 'target'))?.id !== known.id
  if (known && (known.other !== target.place || isDone)) throw new CommandError(sayMark(known))
  await to.requireUsable(target)
  await to.requireEmptyOr(target, known?.id)
  if (folder) await to.requireSpace(source, folder)
  const tables = movedOf(await source.tables())
  requireMovable(tables)
  await from.requireNoNul(source, tables)
  await from.requireNoServer(source)
  const id = known?.id ?? randomUUID()
  if (!known) await from.markSource(source, id, target.place)
  await from.holdSource(source, config, tables).catch(async (error: unknown) => {
    if (!known) await from.unmarkSource(source)
    throw error
  })
  const progress = moveProgress(terminal)
  try {
    await to.markTarget(target, id, source.place, createMoves(target.dialect))
    if ((await to.stateOf(target)) === 'preparing') await prepareTarget(source, target)
    if ((await to.stateOf(target)) === 'copying') await moveRows(source, target, progress)
  } finally {
    progress.end()
  }
  if (folder) keepFiles(config, folder)
  await source.query(
    `UPDATE moves SET state = 'moved', ended_at = $1 WHERE side = 'source' AND state <> 'moved'`,
    [toTimestamp(Date.now())],
  )
  await source.release()
  await to.unmarkTarget(target)
  terminal.print(`Everything was moved from ${source.place} to ${target.place}, and compared.`)
  terminal.print(folder ? servedFromFolder(config, folder) : servedFromPostgres(config))
}

/** The folder gets what an embedded installation keeps beside its database. */
function keepFiles({ secretKey, erasures }: Config, folder: string): void {
  if (secretKey !== undefined && readSecretKey(folder) === undefined)
    writeFileSync(join(folder, 'secret-key'), `${secretKey}\n`, { mode: 0o600, flag: 'wx', flush: true })
  const lines = readRegister(erasures.register)
  if (lines.length > 0) addToRegister(join(folder, registerName), lines)
}

function servedFromPostgres({ isSecretKeyGiven, dataDir, erasures }: Config): string {
  const key = isSecretKeyGiven
    ? 'keep COMSERV_SECRET_KEY as it is'
    : `set COMSERV_SECRET_KEY to what the file ${join(dataDir, 'secret-key')} holds`
  const register = existsSync(erasures.register)
    ? ` The register of erasures stays where it is (${erasures.register}).`
    : ''
  return `To serve from there, set DATABASE_URL to its address, ${key}, and start the server. The source starts no server any more.${register}`
}

function servedFromFolder({ erasures }: Config, folder: string): string {
  const register = existsSync(join(folder, registerName))
    ? ` The register of erasures (${erasures.register}) was copied there; if COMSERV_ERASURE_REGISTER is set, it remains the one in use.`
    : ''
  return `To serve from there, set COMSERV_DATA_DIR=${folder}, leave DATABASE_URL and REDIS_URL out, and start the server. The secret key is in ${join(folder, 'secret-key')}. The source starts no server any more.${register}`
}

async function cancel(config: Config, { print }: Terminal): Promise<void> {
  const closing = new AsyncDisposableStack()
  try {
    const source = await openSource(config, true, closing)
    const mark = await from.markOf(source, 'source')
    if (!(await from.unmarkSource(source))) throw new CommandError(`${source.place} is not being moved.`)
    print(
      mark?.state === 'moved'
        ? `${source.place} can be served again. Do not serve from ${mark.other}, too: both would send what is due.`
        : `${source.place} can be served again. What ${mark?.other} holds of it is of no use any more: empty it.`,
    )
  } finally {
    await closing.disposeAsync()
  }
}
