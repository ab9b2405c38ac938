import type { Context } from '../context.ts'
import type { Db, Transaction } from '../db/database.ts'
import * as store from './store.ts'

/** A user who can sign in. */
export type Account = store.UserRow

/**
 * Finds the user with this name and password. Unknown names take as long as wrong passwords, and look the same.
 * @param name a username or an email address, in any case
 */
export async function findByPassword(
  { database, passwords }: Pick<Context, 'database' | 'passwords'>,
  name: string,
  password: string,
): Promise<Account | undefined> {
  const account = await store.findBySignInName(database.read, name)
  const isRight = await passwords.verify(password, account?.password_hash ?? null)
  return isRight ? account : undefined
}

/** Locks the user for the transaction; undefined when the user is gone or the password has changed. */
export async function holdAccount(trx: Transaction, before: Account): Promise<Account | undefined> {
  const account = await store.findUser(trx.db, before.id, { forUpdate: true })
  return account?.password_hash === before.password_hash ? account : undefined
}

/** @param name a username or an email address, in any case */
export function accountNamed(db: Db, name: string): Promise<Account | undefined> {
  return store.findBySignInName(db, name)
}

export function findAccount(db: Db, id: number): Promise<Account | undefined> {
  return store.findUser(db, id)
}

export async function noteSignIn(trx: Transaction, account: Account, at: string): Promise<Account> {
  await store.recordSignIn(trx, account.id, at)
  return { ...account, last_login: at }
}

/** The id of the built-in account, the owner and author of last resort. */
export async function systemAccountId(db: Db): Promise<number | null> {
  return (await store.findSystemUser(db))?.id ?? null
}

export function hasAdministrator(db: Db): Promise<boolean> {
  return store.hasAdministrator(db)
}
