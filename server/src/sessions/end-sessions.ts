import type { Transaction } from '../db/database.ts'

/**
 * Ends the sessions of a user in the transaction of what makes them unwelcome: a suspension, a deletion, a new password.
 * @param except the one that goes on
 */
export async function endSessionsOf(trx: Transaction, userId: number, except?: number): Promise<void> {
  let query = trx.db.deleteFrom('sessions').where('user_id', '=', userId)
  if (except !== undefined) query = query.where('id', '!=', except)
  await query.execute()
}
