import { createHash } from 'node:crypto'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isBackupName, placeName } from '../backups/order.ts'
import { checksumLine, checksumName, openPlace } from '../backups/place.ts'
import type { BackupsConfig } from '../config/backups.ts'
import { backupProblems, backupSettings, decideBackups } from '../config/backups.ts'
import { ConfigError, registerName } from '../config/decide.ts'
import { readEnvironment } from '../config/env.ts'
import { renameDurably } from '../lib/durable-file.ts'
import { operator } from './actor.ts'
import { type Command, CommandError, type Terminal } from './command.ts'
import { decryptFile, identitiesFor, isEncrypted } from './encrypted-file.ts'
import { withContext } from './with-context.ts'

const backupsRun: Command = {
  name: 'backups run',
  summary: 'Make a backup now, as the schedule does: to COMSERV_BACKUP_TO, verified, older ones removed',
  options: {},
  async run(_, terminal) {
    configured(terminal)
    const made = await withContext(terminal, async (context) => {
      const stop = () => context.backups?.stop()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
      try {
        return await context.backups?.make(await operator(context))
      } finally {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
      }
    })
    if (!made) return
    terminal.print(`${made.place}/${made.name} holds ${made.contents}. It was read back and is right.`)
    if (made.removed.length > 0) terminal.print(`Removed: ${made.removed.join(', ')}.`)
    if (!made.isEncrypted) terminal.print('It is not encrypted: COMSERV_BACKUP_ENCRYPT_TO is not set.')
  },
}

const backupsList: Command = {
  name: 'backups list',
  summary: 'List the backups in COMSERV_BACKUP_TO, the newest last',
  options: {},
  async run(_, terminal) {
    const backups = configured(terminal)
    const found = await openPlace(backups, new AbortController().signal).list()
    for (const { name, bytes, isVerified } of found)
      terminal.print(`${name}  ${bytes} bytes${isVerified ? '' : '  not verified'}`)
    if (found.length === 0) terminal.print(`There are no backups in ${placeName(backups.place)}.`)
  },
}

const backupsGet: Command = {
  name: 'backups get',
  summary: 'Copy a backup, or the newest one, from COMSERV_BACKUP_TO to a file, and decrypt it',
  positionals: ['name|latest', 'file'],
  options: {
    identity: {
      type: 'string',
      value: 'FILE',
      describes:
        'The secret key of age that opens it, in a file; - reads it from standard input. Without it, an encrypted backup stays encrypted',
    },
  },
  async run(values, terminal, [wanted = '', target = '']) {
    const backups = configured(terminal)
    const place = openPlace(backups, new AbortController().signal)
    const newest = (await place.list()).findLast(({ isVerified }) => isVerified)?.name
    const name = wanted === 'latest' ? newest : wanted
    if (name === undefined) throw new CommandError(`There are no backups in ${placeName(backups.place)}.`)
    if (!isBackupName(name))
      throw new CommandError(`'${name}' is no name of a backup; see \`comserv backups list\`.`)
    const file = resolve(target)
    if (existsSync(file)) throw new CommandError(`${file} exists; nothing is overwritten.`)
    if (!existsSync(dirname(file))) throw new CommandError(`There is no folder ${dirname(file)}.`)
    const unfinished = `${file}.unfinished`
    try {
      const sha256 = await save(place.read(name), unfinished)
      const checksum = await place.readText(checksumName(name))
      if (checksum !== checksumLine(sha256, name))
        throw new CommandError(
          checksum === undefined
            ? `${name} has no checksum, so it was never verified; take another one.`
            : `${name} differs from the backup that was made: it does not match its checksum.`,
        )
      const isSealed = await isEncrypted(unfinished)
      if (isSealed && values.identity !== undefined) {
        const identities = await identitiesFor(values, terminal)
        renameSync(unfinished, `${unfinished}.age`)
        await decryptFile(`${unfinished}.age`, unfinished, identities)
      }
      await keepRegister(place, dirname(file))
      renameDurably(unfinished, file)
      const hint = isSealed && values.identity === undefined ? ' It is encrypted.' : ''
      terminal.print(`${name} is in ${file}.${hint}`)
    } finally {
      for (const rest of [unfinished, `${unfinished}.age`]) rmSync(rest, { force: true })
    }
  },
}

/** What a restore looks for beside a backup. */
async function keepRegister(place: ReturnType<typeof openPlace>, folder: string): Promise<void> {
  const register = await place.readText(registerName)
  const file = join(folder, registerName)
  if (register === undefined || existsSync(file)) return
  writeFileSync(file, register, { mode: 0o600, flush: true })
}

async function save(content: AsyncIterable<Uint8Array>, file: string): Promise<string> {
  const hash = createHash('sha256')
  await using handle = await open(file, 'wx', 0o600)
  for await (const chunk of content) {
    hash.update(chunk)
    await handle.writeFile(chunk)
  }
  await handle.sync()
  return hash.digest('hex')
}

const backupsKeygen: Command = {
  name: 'backups keygen',
  summary: 'Make a pair of keys for encrypted backups, and print it: keep the secret one off this machine',
  options: {},
  async run(_, terminal) {
    const { newIdentity } = await import('../backups/encryption.ts')
    const { identity, recipient } = await newIdentity()
    terminal.print(`# public key, for COMSERV_BACKUP_ENCRYPT_TO: ${recipient}\n${identity}`)
  },
}

/** The settings of backups alone: a machine that fetches one may have no others. */
function configured({ env }: Terminal): BackupsConfig {
  const read = readEnvironment(env)
  const isOfBackups = (problem: string) =>
    Object.keys(backupSettings).some((name) => problem.startsWith(`${name} `))
  const malformed = read.problems.filter(isOfBackups)
  const problems = [
    ...malformed,
    ...backupProblems(read, (name) => malformed.some((problem) => problem.startsWith(`${name} `))),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  const backups = decideBackups(read)
  if (backups) return backups
  throw new CommandError(
    'COMSERV_BACKUP_TO says where backups are kept, such as /backups or s3://bucket/prefix; it is not set.',
  )
}

export const backupsCommands: readonly Command[] = [backupsRun, backupsList, backupsGet, backupsKeygen]
