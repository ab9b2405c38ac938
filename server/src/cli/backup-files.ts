import { existsSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { ConfigError, decideDatabase, registerFile } from '../config/decide.ts'
import { readEnvironment } from '../config/env.ts'
import { readPreviousKey, readSecretKey } from '../config/secret-key.ts'
import type { CopyContents } from '../db/backup.ts'
import { hashFile } from '../lib/durable-file.ts'
import { CommandError } from './command.ts'

/** Where the embedded database is, or will be. Finding it creates nothing. */
export interface EmbeddedPlace {
  dataDir: string
  file: string
  /** Undefined where there is none yet. */
  secretKey: string | undefined
  /** The one that a rotation is replacing. */
  previousKey: string | undefined
  /** Where the server keeps the register of erasures. */
  register: string
}

/**
 * @param postgresWay the command that does the same for PostgreSQL
 * @throws CommandError when the data is in PostgreSQL, ConfigError
 */
export function embeddedPlace(source: NodeJS.ProcessEnv, postgresWay: string): EmbeddedPlace {
  const env = readEnvironment(source)
  if (env.problems.length > 0) throw new ConfigError(env.problems)
  const { dataDir, database } = decideDatabase(env)
  if (database.kind === 'postgres') {
    throw new CommandError(
      `The data is in PostgreSQL, whose own tools do this: ${postgresWay}\ndocs/guides/backup.md says more.`,
    )
  }
  const isGiven = env.COMSERV_SECRET_KEY !== undefined
  return {
    dataDir,
    file: database.file,
    secretKey: isGiven ? env.COMSERV_SECRET_KEY : readSecretKey(dataDir),
    previousKey: isGiven ? env.COMSERV_SECRET_KEY_PREVIOUS : readPreviousKey(dataDir),
    register: registerFile(env, dataDir),
  }
}

/** Figures to compare with what was expected. They count rows, so deleted records and the built-in account are included. */
export function summary({ rows }: CopyContents): string {
  return ['users', 'documents', 'credentials', 'events', 'audit_log']
    .map((table) => `${rows.get(table) ?? 0} rows of ${table}`)
    .join(', ')
}

/** The names of files beside a backup. */
export const checksumOf = (file: string) => `${file}.sha256`
export const secretKeyOf = (file: string) => `${file}.secret-key`

/** One line as `sha256sum --check` reads it. */
export async function checksumLine(content: string, name: string): Promise<string> {
  return `${await hashFile(content)}  ${basename(name)}\n`
}

/** @returns false when there is no checksum to compare with; @throws CommandError when it does not match */
export async function matchesChecksum(file: string): Promise<boolean> {
  if (!existsSync(checksumOf(file))) return false
  const wanted = readFileSync(checksumOf(file), 'utf8').split(' ', 1)[0]
  if (wanted === (await hashFile(file))) return true
  throw new CommandError(
    `The file ${file} differs from the backup that was made: it does not match ${checksumOf(file)}.`,
  )
}
