import type { Transaction } from './database.ts'

/**
 * What is to happen inside one transaction: the one shape of a change, for a single call, an item of a batch, a row of an
 * import and a scheduled task alike. The function that makes it does beforehand whatever a transaction must not wait for,
 * such as hashing a password. It may run more than once: the database may ask for a change again from its start.
 */
export type Change<T> = (trx: Transaction) => Promise<T>

/** A change whose preparation may take time. */
export type Prepared<T> = Change<T> | Promise<Change<T>>
