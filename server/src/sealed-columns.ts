import { secretsContext } from './automations/service.ts'
import { subjectKeyContext } from './db/subjects.ts'
import type { Tables } from './db/tables.ts'
import { secretContext as hookSecretContext } from './hooks/directory.ts'
import { sealContext as answerContext } from './http/idempotency.ts'
import { tokenContext } from './mail/outbox.ts'
import { sealContext } from './oauth/key-material.ts'
import { secretContext as totpContext } from './second-factors/check-code.ts'
import { clientKeyContext, headersContext, secretContext, signingKeyContext } from './sending/attempt.ts'
import { requestedName } from './sessions/password-request-service.ts'

type Row = Readonly<Record<string, unknown>>

/** A column whose values the vault has sealed. */
export interface SealedColumn {
  table: keyof Tables
  column: string
  /** The columns of its primary key. */
  key: readonly string[]
  /** Another column that the context is made from. */
  also?: string
  context(row: Row): string
}

export const fingerprintContext = 'fingerprint key'

/** Everything that the secret key seals: a rotation seals it anew. A test holds the tables against this list. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    table: 'signing_keys',
    column: 'private_jwk',
    key: ['kid'],
    context: ({ kid }) => sealContext(String(kid)),
  },
  {
    table: 'webhook_secrets',
    column: 'secret',
    key: ['id'],
    also: 'webhook_id',
    context: ({ webhook_id }) => secretContext(Number(webhook_id)),
  },
  {
    table: 'webhook_secrets',
    column: 'signing_key',
    key: ['id'],
    also: 'webhook_id',
    context: ({ webhook_id }) => signingKeyContext(Number(webhook_id)),
  },
  {
    table: 'password_requests',
    column: 'name',
    key: ['id'],
    context: () => requestedName,
  },
  {
    table: 'mails',
    column: 'token',
    key: ['id'],
    also: 'message_id',
    context: ({ message_id }) => tokenContext(String(message_id)),
  },
  {
    table: 'automations',
    column: 'secrets',
    key: ['id'],
    context: ({ id }) => secretsContext(Number(id)),
  },
  {
    table: 'automation_runs',
    column: 'secrets',
    key: ['id'],
    also: 'automation_id',
    context: ({ automation_id }) => secretsContext(Number(automation_id)),
  },
  { table: 'hooks', column: 'secret', key: ['id'], context: ({ id }) => hookSecretContext(Number(id)) },
  {
    table: 'hooks',
    column: 'previous_secret',
    key: ['id'],
    context: ({ id }) => hookSecretContext(Number(id)),
  },
  ...(['secret', 'new_secret'] as const).map((column) => ({
    table: 'totp_secrets' as const,
    column,
    key: ['user_id'],
    context: ({ user_id }: Row) => totpContext(Number(user_id)),
  })),
  { table: 'webhooks', column: 'headers', key: ['id'], context: ({ id }) => headersContext(Number(id)) },
  { table: 'webhooks', column: 'client_key', key: ['id'], context: ({ id }) => clientKeyContext(Number(id)) },
  {
    table: 'idempotency_keys',
    column: 'answer',
    key: ['caller', 'key'],
    context: ({ caller, key }) => answerContext({ caller: String(caller), key: String(key) }),
  },
  {
    table: 'subject_keys',
    column: 'sealed_key',
    key: ['user_id'],
    context: ({ user_id }) => subjectKeyContext(Number(user_id)),
  },
  { table: 'secret_key_state', column: 'fingerprint_key', key: ['id'], context: () => fingerprintContext },
]
