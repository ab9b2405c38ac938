import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { type CopyContents, copyDatabase, rewriteCopy, UnusableCopy } from '../db/backup.ts'
import { openFolder } from '../db/data-folder.ts'
import { renameDurably } from '../lib/durable-file.ts'
import { neededKeys, opensAll } from '../sealed-values.ts'
import { checksumLine, checksumOf, embeddedPlace, secretKeyOf, summary } from './backup-files.ts'
import { type Command, CommandError } from './command.ts'
import { keepRegisterBeside, needsScrub } from './erasure-register.ts'
import { recordInFile } from './record-in-file.ts'

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copy the embedded database to a file, also while a server runs, and verify the copy',
  positionals: ['file'],
  options: {
    'with-secret-key': {
      type: 'boolean',
      describes: 'Also write the secret key beside it: with both files, anybody can issue access tokens',
    },
  },
  async run(values, terminal, [name = '']) {
    const place = embeddedPlace(terminal.env, `pg_dump --format=custom --file=${name} "$DATABASE_URL"`)
    const file = resolve(name)
    if (!existsSync(place.dataDir)) throw new CommandError(`There is no database at ${place.file}.`)
    refuseToOverwrite(file)
    if (!existsSync(dirname(file))) throw new CommandError(`There is no folder ${dirname(file)}.`)

    const unfinished = `${file}.${randomBytes(6).toString('hex')}.unfinished`
    const lock = openFolder(place.file)
    try {
      if (!existsSync(place.file)) throw new CommandError(`There is no database at ${place.file}.`)
      const contents = await verifiedCopy(place.file, unfinished)
      if (needsScrub(unfinished)) rewriteCopy(unfinished)
      refuseToOverwrite(file)
      writeFileSync(checksumOf(file), await checksumLine(unfinished, file), { mode: 0o600, flush: true })
      if (values['with-secret-key'] === true) writeSecretKey(file, unfinished, place.secretKey)
      keepRegisterBeside(place, unfinished, file)
      const needed = neededKeys(unfinished)
      renameDurably(unfinished, file)
      // A disk that is full or read-only is no reason to have no backup.
      await recordInFile(place.file, 'backup.create', { file: basename(file) }).catch((error: unknown) =>
        terminal.printError(`The backup cannot be recorded in the audit log: ${(error as Error).message}.`),
      )
      terminal.print(`${file} holds ${summary(contents)}.`)
      terminal.print(keyAdvice(values['with-secret-key'] === true, secretKeyOf(file), needed))
      if (contents.foreign.length > 0) terminal.printError(foreignAdvice(contents.foreign))
    } finally {
      lock.release()
      for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + rest, { force: true })
    }
  },
}

async function verifiedCopy(source: string, target: string): Promise<CopyContents> {
  try {
    return await copyDatabase(source, target)
  } catch (error) {
    if (!(error instanceof UnusableCopy)) throw error
    throw new CommandError(`No backup was made: the copy ${error.message}.`)
  }
}

function refuseToOverwrite(file: string): void {
  if (existsSync(file)) throw new CommandError(`${file} exists; a backup never overwrites anything.`)
}

function writeSecretKey(file: string, copy: string, secretKey: string | undefined): void {
  if (secretKey === undefined) throw new CommandError('There is no secret key to write.')
  if (neededKeys(copy).length > 1)
    throw new CommandError(
      'The secret key is being rotated, and the backup would need two: finish `comserv keys rotate-master` first.',
    )
  if (!opensAll(copy, secretKey))
    throw new CommandError(
      'The current secret key is not the one of the database, so it is of no use beside the backup: set COMSERV_SECRET_KEY, or put back the file secret-key.',
    )
  writeFileSync(secretKeyOf(file), `${secretKey}\n`, { mode: 0o600, flush: true })
}

function keyAdvice(isWritten: boolean, keyFile: string, needed: readonly string[]): string {
  const named = needed.length === 0 ? '' : ` with the id ${needed.join(' and the previous one with the id ')}`
  return isWritten
    ? `The secret key is in ${keyFile}: keep it apart from the backup.`
    : `The secret key${named} is not in it: keep a copy of it (COMSERV_SECRET_KEY, or the file secret-key of the data folder) somewhere else.`
}

const foreignAdvice = (foreign: readonly string[]) =>
  `The database holds what Comserv did not make: ${foreign.join(', ')}. \`comserv restore\` refuses this backup; remove them, and make another one.`
