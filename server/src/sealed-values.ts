import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import type { Config } from './config/decide.ts'
import { keepSecretKey, readKeyFiles } from './config/secret-key.ts'
import type { Database, Db } from './db/database.ts'
import { CommandError } from './lib/command-error.ts'
import { createVault, fingerprintKeyOf, keyIdOf, type Vault } from './lib/vault.ts'
import { fingerprintContext, type SealedColumn, sealedColumns } from './sealed-columns.ts'

/** A value that only the secret key opens, and what for. */
interface Sealed {
  value: string
  context: string
}

/** The server cannot do without these; a webhook or a person whose key is lost is found later. */
const essential = sealedColumns.filter(
  ({ table, column }) => table === 'signing_keys' || (table === 'webhook_secrets' && column === 'secret'),
)

/**
 * The vault of a database whose tables are current, and the secret key that seals; made where neither has anything yet.
 * While the secret key is rotated, two are known and the database says which one seals.
 * @throws CommandError when it is missing, or is another one: what is sealed could not be opened, and what would be sealed
 * from now on could not be opened with the right one
 */
export async function vaultFor(
  config: Config,
  database: Database,
): Promise<{ secretKey: string; vault: Vault }> {
  const {
    dataDir,
    database: { kind },
  } = config
  const reload = () => (kind === 'sqlite' && !config.isSecretKeyGiven ? readKeyFiles(dataDir) : [])
  const state = await readState(database.read)
  const sealed = await someSealed(database.read)
  // The files are read again: a rotation may have replaced them since the configuration was read.
  const known = [config.secretKey, config.previousSecretKey, ...reload()].filter((key) => key !== undefined)
  const sealing = known.find((key) =>
    state ? keyIdOf(key) === state.key_id : sealed.every((one) => opensWith([key], one)),
  )
  const isEmpty = state === undefined && sealed.length === 0
  if (sealing === undefined && !isEmpty) throw strange(config.secretKey, state?.key_id, kind)
  const from = state?.rotating_from ?? undefined
  if (from !== undefined && !known.some((key) => keyIdOf(key) === from))
    throw new CommandError(halfRotated(from, kind))
  if (!sealed.every((one) => opensWith(known, one))) throw strange(config.secretKey, state?.key_id, kind)
  const secretKey = sealing ?? keepSecretKey(dataDir)
  const keys = { sealing: secretKey, others: known, reload }
  const kept = state ?? (await insertState(database, secretKey))
  const fingerprintKey = createVault(keys).open(kept.fingerprint_key, fingerprintContext)
  return { secretKey, vault: createVault({ ...keys, fingerprintKey: Buffer.from(fingerprintKey, 'base64') }) }
}

export function readState(db: Db) {
  return db
    .selectFrom('secret_key_state')
    .select(['key_id', 'fingerprint_key', 'rotating_from'])
    .executeTakeFirst()
}

/** Two first starts at once agree on one row. */
async function insertState(database: Database, secretKey: string) {
  const fingerprintKey = fingerprintKeyOf(secretKey).toString('base64')
  const row = {
    id: 1,
    key_id: keyIdOf(secretKey),
    fingerprint_key: createVault(secretKey).seal(fingerprintKey, fingerprintContext),
    rotating_from: null,
    rotated_at: null,
  }
  await database.write(({ db }) =>
    db
      .insertInto('secret_key_state')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute(),
  )
  return (await readState(database.read)) ?? row
}

function strange(secretKey: string | undefined, keyId: string | undefined, kind: string): CommandError {
  const place = kind === 'sqlite' ? 'put the file secret-key back into the data folder, or set' : 'set'
  const named = keyId === undefined ? '' : ` (its id is ${keyId})`
  return new CommandError(
    `${secretKey === undefined ? 'The secret key of the database is missing' : 'The current secret key is not the one of the database'}: ${place} COMSERV_SECRET_KEY to the one that was in use${named}. docs/guides/backup.md says what to do when it is lost.`,
  )
}

function halfRotated(keyId: string, kind: string): string {
  const place =
    kind === 'sqlite' ? 'put the file secret-key.previous back into the data folder, or set' : 'set'
  return `The secret key is being rotated, and the previous one (its id is ${keyId}) is still needed: ${place} COMSERV_SECRET_KEY_PREVIOUS to it until \`keys rotate-master\` has finished.`
}

async function someSealed(db: Db): Promise<Sealed[]> {
  const found = await Promise.all(
    essential.map(async ({ table, column, key, also, context }) => {
      const columns = [...key, ...(also ? [also] : []), column].map((name) => sql.ref(name))
      const newest = sql<Record<string, unknown>>`select ${sql.join(columns)} from ${sql.table(table)}
        where ${sql.ref(column)} is not null order by ${sql.ref(key[0] ?? '')} desc limit 100`
      const { rows } = await newest.execute(db)
      return rows.map((row) => ({ value: String(row[column]), context: context(row) }))
    }),
  )
  return found.flat()
}

/** The essential values of a database file. A backup may be older than the webhooks. */
function sealedIn(database: DatabaseSync): Sealed[] {
  return essential
    .filter(({ table }) => hasTable(database, table))
    .flatMap(({ table, column, context }) =>
      database
        .prepare(`SELECT * FROM ${table} WHERE ${column} IS NOT NULL`)
        .all()
        .map((row) => ({ value: String(row[column]), context: context(row) })),
    )
}

/** Whether these keys open what a database file has sealed; true where it has nothing. */
export function opensAll(file: string, ...keys: (string | undefined)[]): boolean {
  const connection = new DatabaseSync(file)
  const known = keys.filter((key) => key !== undefined)
  try {
    return sealedIn(connection).every((sealed) => opensWith(known, sealed))
  } finally {
    connection.close()
  }
}

/** The ids of the keys that a database file needs: two while the secret key is rotated, none for an older version's. */
export function neededKeys(file: string): string[] {
  const connection = new DatabaseSync(file)
  try {
    if (!hasTable(connection, 'secret_key_state')) return []
    const state = connection.prepare('SELECT key_id, rotating_from FROM secret_key_state').get()
    return [state?.key_id, state?.rotating_from].filter((id) => typeof id === 'string')
  } finally {
    connection.close()
  }
}

/** The vault of a database file; undefined where none of the keys opens it. */
export function vaultOfFile(file: string, ...keys: (string | undefined)[]): Vault | undefined {
  const [sealing, ...others] = keys.filter((key) => key !== undefined)
  if (sealing === undefined) return undefined
  const connection = new DatabaseSync(file, { readOnly: true })
  try {
    const hasState = hasTable(connection, 'secret_key_state')
    const state = hasState
      ? connection.prepare('SELECT fingerprint_key FROM secret_key_state').get()
      : undefined
    if (!state) return createVault({ sealing, others })
    const fingerprintKey = createVault({ sealing, others }).open(
      String(state.fingerprint_key),
      fingerprintContext,
    )
    return createVault({ sealing, others, fingerprintKey: Buffer.from(fingerprintKey, 'base64') })
  } catch {
    // Another key: the fingerprint key cannot be opened.
    return undefined
  } finally {
    connection.close()
  }
}

/** A webhook is paused until it gets another secret; responses that were kept for a retry are of no use to anybody. */
export function forgetSealed(file: string): void {
  const database = new DatabaseSync(file)
  const forget = ({ table, column }: SealedColumn) => {
    // The row of a person who was erased has no key, and stays.
    if (table !== 'webhooks' && columnsOf(database, table).has(column))
      database.exec(`DELETE FROM ${table} WHERE ${column} IS NOT NULL`)
  }
  try {
    for (const column of sealedColumns) forget(column)
    const columns = columnsOf(database, 'webhooks')
    if (columns.size === 0) return
    const cleared = ['headers', 'client_certificate', 'client_key'].filter((name) => columns.has(name))
    database.exec(
      `UPDATE webhooks SET ${cleared.map((name) => `${name} = NULL, `).join('')}status = 'paused', disabled_reason = NULL WHERE deleted_at IS NULL`,
    )
  } finally {
    database.close()
  }
}

function opensWith([sealing, ...others]: readonly string[], { value, context }: Sealed): boolean {
  try {
    return sealing !== undefined && createVault({ sealing, others }).open(value, context) !== ''
  } catch {
    // Sealed with another key: the authentication tag does not fit.
    return false
  }
}

/** A backup may be older than the table, or than a column of it. */
function columnsOf(database: DatabaseSync, table: string): Set<string> {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(table)
  return new Set(rows.map(({ name }) => String(name)))
}

function hasTable(database: DatabaseSync, table: string): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined
}
