import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type CopyContents, UnusableCopy, verifyCopy } from '../db/backup.ts'
import { takeFolder } from '../db/folder-lock.ts'
import { knownMigrations } from '../db/migrate.ts'
import { renameDurably } from '../lib/durable-file.ts'
import { type EmbeddedPlace, embeddedPlace, matchesChecksum, secretKeyOf, summary } from './backup-files.ts'
import { type Command, CommandError } from './command.ts'
import { forgetSealed, opensWith, sealedIn } from './sealed-values.ts'

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Put a backup in the place of an embedded database that is not there; no server may run',
  positionals: ['file'],
  options: {
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
      copyFileSync(file, unfinished)
      chmodSync(unfinished, 0o600)
      const contents = verified(unfinished, name)
      const newKey = requireKey(place, file, unfinished, values['without-secret-key'] === true)
      if (newKey !== undefined)
        writeFileSync(join(place.dataDir, 'secret-key'), `${newKey}\n`, {
          mode: 0o600,
          flag: 'wx',
          flush: true,
        })
      renameDurably(unfinished, place.file)
      if (!isChecked) terminal.print(`${name}.sha256 is not there; the check was SQLite's own alone.`)
      terminal.print(`Restored to ${place.file}: ${summary(contents)}.`)
    } finally {
      for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + rest, { force: true })
      lock.release()
    }
  },
}

/** The log beside a database belongs to it: found beside another one it would be played into that. */
function requireEmpty({ dataDir, file }: EmbeddedPlace): void {
  const found = ['', '-wal', '-shm', '-journal'].map((rest) => file + rest).find((path) => existsSync(path))
  if (found === undefined) return
  throw new CommandError(
    `There is a database in ${dataDir} already (${found}); move it away first, or restore to another COMSERV_DATA_DIR.`,
  )
}

function verified(copy: string, name: string): CopyContents {
  try {
    const contents = verifyCopy(copy)
    const newer = contents.migrations.find((step) => !knownMigrations.includes(step))
    if (newer === undefined) return contents
    throw new UnusableCopy(`was made by a newer version of Comserv (${newer})`)
  } catch (error) {
    if (!(error instanceof UnusableCopy)) throw error
    throw new CommandError(`The file ${name} ${error.message}. Nothing was changed.`)
  }
}

/**
 * A database whose signing keys and webhook secrets cannot be opened would issue no token and send no event: better to
 * find that out here.
 * @returns the key to put into the data folder, where it comes from beside the backup
 */
function requireKey(
  { secretKey }: EmbeddedPlace,
  file: string,
  copy: string,
  isLost: boolean,
): string | undefined {
  const connection = new DatabaseSync(copy)
  try {
    if (isLost) {
      forgetSealed(connection)
      return undefined
    }
    const beside = existsSync(secretKeyOf(file)) ? readFileSync(secretKeyOf(file), 'utf8').trim() : undefined
    const key = secretKey ?? beside
    if (sealedIn(connection).every((sealed) => opensWith(key, sealed)))
      return secretKey === undefined ? beside : undefined
    throw new CommandError(
      `${key === undefined ? 'The secret key of the backup is missing' : 'The secret key at hand is not the one of the backup'}: set COMSERV_SECRET_KEY, or put the file secret-key into the data folder, or ${secretKeyOf(file)} beside the backup. If it is lost, add --without-secret-key. Nothing was changed.`,
    )
  } finally {
    connection.close()
  }
}
