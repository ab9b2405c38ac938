import { AppError } from '../api/errors.ts'
import type { Transaction } from '../db/database.ts'
import { violatedUnique } from '../db/dialect.ts'
import { emailKey } from '../lib/names/email-addresses.ts'
import { usernameKey } from '../lib/names/usernames.ts'
import * as store from './store.ts'

/** A username and an email address, each as written and in the form that is compared. */
export function identityOf({ username, email }: { username: string; email: string }) {
  return { username, username_key: usernameKey(username), email, email_key: emailKey(email) }
}

/**
 * Reports which names are taken. The database stops at the first one, and each database at another, so the rest is looked
 * up after a rollback to the savepoint: until then PostgreSQL refuses queries in the transaction.
 * @param names the requested names, and the id of the user if it exists already
 */
export async function namingDuplicates<T>(
  trx: Transaction,
  { id = 0, ...names }: store.Names & { id?: number },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await trx.savepoint(work)
  } catch (error) {
    const violated = violatedUnique(error)
    if (violated !== 'users_username_key' && violated !== 'users_email_key') throw error
    const holders = await store.findHolders(trx.db, names, id)
    const isTaken = (key: keyof store.Names) =>
      violated === `users_${key}` || holders.some((holder) => holder[key] === names[key])
    const taken = [
      ...(isTaken('username_key') ? ["'username'"] : []),
      ...(isTaken('email_key') ? ["'email'"] : []),
    ]
    const details =
      taken.length > 1
        ? `The ${taken.join(' and the ')} are already taken.`
        : `The ${taken[0]} is already taken by another user.`
    throw new AppError('conflict', details, { cause: error })
  }
}
