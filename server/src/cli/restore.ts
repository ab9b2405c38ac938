import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readKeyFile } from '../config/secret-key.ts'
import { type CopyContents, UnusableCopy, verifyCopy } from '../db/backup.ts'
import { logBelongs } from '../db/commit-stamps.ts'
import { strangeLog } from '../db/data-folder.ts'
import { takeFolder } from '../db/folder-lock.ts'
import { knownMigrations } from '../db/migrate.ts'
import type { Applied } from '../erasure/register.ts'
import { addToRegister, type RegisterLine } from '../erasure/register-file.ts'
import { renameDurably } from '../lib/durable-file.ts'
import { keyIdOf } from '../lib/vault.ts'
import { forgetSealed, neededKeys, opensAll } from '../sealed-values.ts'
import { type EmbeddedPlace, embeddedPlace, matchesChecksum, secretKeyOf, summary } from './backup-files.ts'
import { type Command, CommandError } from './command.ts'
import { decryptFile, identitiesFor, isEncrypted } from './encrypted-file.ts'
import { eraseAgain, linesFor, registerProblems } from './erasure-register.ts'
import { recordInFile } from './record-in-file.ts'

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Put a backup in the place of an embedded database that is not there; no server may run',
  positionals: ['file'],
  options: {
    identity: {
      type: 'string',
      value: 'FILE',
      describes:
        'The secret key of age that opens an encrypted backup, in a file; - reads it from standard input',
    },
    'without-secret-key': {
      type: 'boolean',
      describes:
        'The secret key is lost: drop what only it can open (signing keys, so that access tokens end, and secrets of webhooks, which are paused)',
    },
  },
  async run(values, terminal, [name = '']) {
    const place = embeddedPlace(terminal.env, `pg_restore --dbname="$DATABASE_URL" ${name}`)
    const file = resolve(name)
    if (!existsSync(file)) throw new CommandError(`There is no file ${file}.`)
    const lock = takeFolder(place.dataDir)
    if (!lock)
      throw new CommandError(`A server or a command has the data in ${place.dataDir} open; stop it first.`)

    const unfinished = `${place.file}.${randomBytes(6).toString('hex')}.unfinished`
    try {
      requireEmpty(place)
      const isChecked = await matchesChecksum(file)
      const isSealed = await isEncrypted(file)
      if (isSealed) await decryptFile(file, unfinished, await identitiesFor(values, terminal))
      const hasLog = !isSealed && copyWithLog(file, unfinished, place.dataDir)
      const contents = await verified(unfinished, name)
      const isKeyLost = values['without-secret-key'] === true
      const register = linesFor(place, file)
      let newKey = requireKey(place, file, unfinished, isKeyLost)
      // What is sealed for an erasure needs a key; a server that starts would make one.
      if (isKeyLost && place.secretKey === undefined) newKey = randomBytes(32).toString('hex')
      const applied = await eraseAgain(terminal.env, unfinished, {
        dataDir: place.dataDir,
        lines: register.lines,
        secretKey: place.secretKey ?? newKey ?? randomBytes(32).toString('hex'),
        previousKey: place.previousKey,
        isKeyLost,
      })
      if (newKey !== undefined)
        writeFileSync(join(place.dataDir, 'secret-key'), `${newKey}\n`, {
          mode: 0o600,
          flag: 'wx',
          flush: true,
        })
      await recordInFile(unfinished, 'backup.restore', { file: basename(file) })
      addToRegister(place.register, register.lines)
      renameDurably(unfinished, place.file)
      if (!isChecked && !isSealed)
        terminal.print(`${name}.sha256 is not there; only SQLite's own check was done.`)
      if (hasLog) terminal.print(`The changes in ${name}-wal were included.`)
      terminal.print(`Restored to ${place.file}: ${summary(contents)}.`)
      terminal.print(tellErasures(place, register, applied, isKeyLost))
    } finally {
      for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + rest, { force: true })
      lock.release()
    }
  },
}

function tellErasures(
  { register: ownRegister }: EmbeddedPlace,
  { files, lines, damaged }: ReturnType<typeof linesFor>,
  { erased, strange }: Applied,
  isKeyLost: boolean,
): string {
  if (files.length === 0)
    return 'There is no register of erasures beside the backup or in the data folder: people who were erased after this backup was made are in the database again. If you have the register, run `comserv erasures apply` with it.'
  const told =
    erased.length === 0 ? 'nobody had to be erased again' : `erased again: users ${erased.join(', ')}`
  const checked = isKeyLost ? ' It could not be checked without the secret key.' : ''
  const applying = `The register of erasures (${files.join(', ')}) was applied: ${told}.${checked}`
  const isOwn = files.includes(ownRegister)
  return [applying, ...(isOwn ? [] : [tellAge(lines)]), ...registerProblems({ strange, damaged })].join(' ')
}

/** A register beside a backup is as old as the last backup there. */
function tellAge(lines: readonly RegisterLine[]): string {
  const last = lines.map(({ erased_at }) => erased_at).sort()
  const age = last.length === 0 ? 'It lists nobody' : `The last erasure in it is of ${last.at(-1)}`
  return `${age}, and the register of the server itself was not found: people who were erased later are in the database again. If you have that file, run \`comserv erasures apply\` with it before you serve.`
}

/** A log found beside another database would be replayed into it. */
function requireEmpty({ dataDir, file }: EmbeddedPlace): void {
  const found = ['', '-wal', '-shm', '-journal'].map((rest) => file + rest).find((path) => existsSync(path))
  if (found === undefined) return
  throw new CommandError(
    `There is a database in ${dataDir} already (${found}); move it away first, or restore to another COMSERV_DATA_DIR.`,
  )
}

/**
 * A manual copy has its latest changes in the log beside it, or in a journal that undoes half a change.
 * @returns whether it has a log
 */
function copyWithLog(file: string, target: string, dataDir: string): boolean {
  const release = holdSource(dirname(file), dataDir)
  try {
    for (const rest of ['', '-wal', '-journal'].filter((each) => existsSync(file + each))) {
      copyFileSync(file + rest, target + rest)
      chmodSync(target + rest, 0o600)
    }
  } finally {
    release()
  }
  if (!logBelongs(target)) throw new CommandError(strangeLog(file))
  return Boolean(statSync(`${target}-wal`, { throwIfNoEntry: false })?.size)
}

/** Nobody may write to a data folder while it is copied. */
function holdSource(folder: string, dataDir: string): () => void {
  if (folder === dataDir || !existsSync(join(folder, 'comserv.lock'))) return () => {}
  const lock = takeFolder(folder)
  if (lock) return lock.release
  throw new CommandError(
    `A server or a command has the data in ${folder} open: stop it, or make a copy with \`comserv backup\` and restore that.`,
  )
}

async function verified(copy: string, name: string): Promise<CopyContents> {
  try {
    const contents = await verifyCopy(copy)
    const newer = contents.migrations.find((step) => !knownMigrations.includes(step))
    if (newer !== undefined) throw new UnusableCopy(`was made by a newer version of Comserv (${newer})`)
    if (contents.foreign.length === 0) return contents
    throw new UnusableCopy(
      `contains objects that Comserv did not create, or lacks some that it did: ${contents.foreign.join(', ')}`,
    )
  } catch (error) {
    if (!(error instanceof UnusableCopy)) throw error
    throw new CommandError(`The file ${name} ${error.message}. Nothing was changed.`)
  }
}

/**
 * A database whose signing keys and webhook secrets cannot be opened would issue no token and send no event, so the key
 * is checked here.
 * @returns the key to put into the data folder, if it comes from beside the backup
 */
function requireKey(
  { secretKey, previousKey }: EmbeddedPlace,
  file: string,
  copy: string,
  isLost: boolean,
): string | undefined {
  if (isLost) {
    forgetSealed(copy)
    return undefined
  }
  const beside = readKeyFile(secretKeyOf(file))
  const key = secretKey ?? beside
  const needed = neededKeys(copy)
  const known = [key, previousKey].map((one) => one && keyIdOf(one))
  const hasAll = needed.every((id) => known.includes(id))
  if (hasAll && opensAll(copy, key, previousKey)) return secretKey === undefined ? beside : undefined
  throw new CommandError(
    `${needed.length > 0 ? `The backup needs the secret key with the id ${needed.join(', and as COMSERV_SECRET_KEY_PREVIOUS the one with the id ')}. ` : ''}${key === undefined ? 'The secret key of the backup is missing' : 'The current secret key is not the one of the backup'}: set COMSERV_SECRET_KEY, or put the file secret-key into the data folder, or ${secretKeyOf(file)} beside the backup. If it is lost, add --without-secret-key. Nothing was changed.`,
  )
}
