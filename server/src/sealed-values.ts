import { DatabaseSync } from 'node:sqlite'
import type { Config } from './config/decide.ts'
import { keepSecretKey } from './config/secret-key.ts'
import type { Database } from './db/database.ts'
import { CommandError } from './lib/command-error.ts'
import { createVault } from './lib/vault.ts'
import { sealContext } from './oauth/key-material.ts'
import { secretContext } from './sending/attempt.ts'

/** A value that only the secret key opens, and what for. */
interface Sealed {
  value: string
  context: string
}

/**
 * The secret key that belongs to a database whose tables are current; made where neither has anything yet.
 * @throws CommandError when it is missing, or is another one: what is sealed could not be opened, and what would be sealed
 * from now on could not be opened with the right one
 */
export async function secretKeyFor(
  { secretKey, dataDir, database: { kind } }: Config,
  { read }: Database,
): Promise<string> {
  const keys = await read.selectFrom('signing_keys').select(['kid', 'private_jwk']).execute()
  const secret = await read
    .selectFrom('webhook_secrets')
    .select(['webhook_id', 'secret'])
    .orderBy('id', 'desc')
    .executeTakeFirst()
  const sealed = keys.map(({ kid, private_jwk }) => ({ value: private_jwk, context: sealContext(kid) }))
  if (secret) sealed.push({ value: secret.secret, context: secretContext(secret.webhook_id) })
  if (sealed.every((one) => opensWith(secretKey, one))) return secretKey ?? keepSecretKey(dataDir)
  const place = kind === 'sqlite' ? 'put the file secret-key back into the data folder, or set' : 'set'
  throw new CommandError(
    `${secretKey === undefined ? 'The secret key of the database is missing' : 'The current secret key is not the one of the database'}: ${place} COMSERV_SECRET_KEY to the one that was in use. docs/guides/backup.md says what to do when it is lost.`,
  )
}

/** Those in a database that the server cannot do without. A backup may be older than the webhooks. */
function sealedIn(database: DatabaseSync): Sealed[] {
  const keys = database.prepare('SELECT kid, private_jwk FROM signing_keys').all()
  const secrets = hasWebhooks(database)
    ? database.prepare('SELECT webhook_id, secret FROM webhook_secrets').all()
    : []
  return [
    ...keys.map(({ kid, private_jwk }) => ({
      value: String(private_jwk),
      context: sealContext(String(kid)),
    })),
    ...secrets.map(({ webhook_id, secret }) => ({
      value: String(secret),
      context: secretContext(Number(webhook_id)),
    })),
  ]
}

/** Whether a key opens what a database file has sealed; true where it has nothing. */
export function opensAll(file: string, key: string | undefined): boolean {
  const connection = new DatabaseSync(file)
  try {
    return sealedIn(connection).every((sealed) => opensWith(key, sealed))
  } finally {
    connection.close()
  }
}

/** A webhook is paused until it gets another secret; answers that were kept for a retry are of no use to anybody. */
export function forgetSealed(file: string): void {
  const database = new DatabaseSync(file)
  try {
    database.exec('DELETE FROM signing_keys; DELETE FROM idempotency_keys')
    if (!hasWebhooks(database)) return
    database.exec(`
      DELETE FROM webhook_secrets;
      UPDATE webhooks SET headers = NULL, status = 'paused', disabled_reason = NULL WHERE deleted_at IS NULL;
    `)
  } finally {
    database.close()
  }
}

function opensWith(key: string | undefined, { value, context }: Sealed): boolean {
  try {
    return key !== undefined && createVault(key).open(value, context) !== ''
  } catch {
    // Sealed with another key: the authentication tag does not fit.
    return false
  }
}

function hasWebhooks(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'webhook_secrets'").get() !== undefined
}
