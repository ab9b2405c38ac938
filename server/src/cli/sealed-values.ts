import type { DatabaseSync } from 'node:sqlite'
import { createVault } from '../lib/vault.ts'
import { sealContext } from '../oauth/key-material.ts'
import { secretContext } from '../webhooks/attempt.ts'

/** A value that only the secret key opens, and what for. */
export interface Sealed {
  value: string
  context: string
}

/** Those in a database that the server cannot do without. A backup may be older than the webhooks. */
export function sealedIn(database: DatabaseSync): Sealed[] {
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

/** A webhook is paused until it gets another secret; answers that were kept for a retry are of no use to anybody. */
export function forgetSealed(database: DatabaseSync): void {
  database.exec('DELETE FROM signing_keys; DELETE FROM idempotency_keys')
  if (!hasWebhooks(database)) return
  database.exec(`
    DELETE FROM webhook_secrets;
    UPDATE webhooks SET headers = NULL, status = 'paused', disabled_reason = NULL WHERE deleted_at IS NULL;
  `)
}

export function opensWith(key: string | undefined, { value, context }: Sealed): boolean {
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
