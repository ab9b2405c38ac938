import { type ExpressionBuilder, sql } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** The owner of a webhook, if they may sign in: whoever has lost the account gets no more data. */
export function activeOwner(eb: ExpressionBuilder<Tables, 'webhooks'>) {
  return eb
    .selectFrom('users')
    .select('users.id')
    .whereRef('users.id', '=', 'webhooks.owner_id')
    .where('users.status', '=', sql.lit('active'))
    .where('users.deleted_at', 'is', null)
}
