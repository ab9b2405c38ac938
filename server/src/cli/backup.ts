import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type CopyContents, copyDatabase, UnusableCopy } from '../db/backup.ts'
import { shareFolder } from '../db/folder-lock.ts'
import { renameDurably } from '../lib/durable-file.ts'
import { checksumLine, checksumOf, embeddedPlace, secretKeyOf, summary } from './backup-files.ts'
import { type Command, CommandError } from './command.ts'

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Copy the embedded database to a file, also while a server runs, and verify the copy',
  positionals: ['file'],
  options: {
    'with-secret-key': {
      type: 'boolean',
      describes: 'Write the secret key beside it, too: whoever has both can issue access tokens',
    },
  },
  async run(values, terminal, [name = '']) {
    const place = embeddedPlace(terminal.env, `pg_dump --format=custom --file=${name} "$DATABASE_URL"`)
    if (!existsSync(place.file)) throw new CommandError(`There is no database at ${place.file}.`)
    const file = resolve(name)
    refuseToOverwrite(file)
    if (!existsSync(dirname(file))) throw new CommandError(`There is no folder ${dirname(file)}.`)

    const unfinished = `${file}.${randomBytes(6).toString('hex')}.unfinished`
    const lock = shareFolder(place.dataDir)
    try {
      const contents = await verifiedCopy(place.file, unfinished)
      refuseToOverwrite(file)
      writeFileSync(checksumOf(file), await checksumLine(unfinished, file), { mode: 0o600, flush: true })
      if (values['with-secret-key'] === true) writeSecretKey(file, place.secretKey)
      renameDurably(unfinished, file)
      terminal.print(`${file} holds ${summary(contents)}.`)
      terminal.print(keyAdvice(values['with-secret-key'] === true, secretKeyOf(file)))
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

function writeSecretKey(file: string, secretKey: string | undefined): void {
  if (secretKey === undefined) throw new CommandError('There is no secret key to write.')
  writeFileSync(secretKeyOf(file), `${secretKey}\n`, { mode: 0o600, flush: true })
}

function keyAdvice(isWritten: boolean, keyFile: string): string {
  return isWritten
    ? `The secret key is in ${keyFile}: keep it apart from the backup.`
    : 'The secret key is not in it: keep a copy of it (COMSERV_SECRET_KEY, or the file secret-key of the data folder) somewhere else.'
}
