import { sql } from 'kysely'
import type { Db, Transaction } from './database.ts'

/** A transaction under way, and what it has promised to do at its end. */
export class PendingChange implements Transaction {
  readonly db: Db
  counts = new Map<string, number>()
  #afterCommit: (() => void)[] = []

  constructor(db: Db) {
    this.db = db
  }

  count(scope: string, by: number): void {
    this.counts.set(scope, (this.counts.get(scope) ?? 0) + by)
  }

  afterCommit(then: () => void): void {
    this.#afterCommit.push(then)
  }

  async attempt<T>(part: () => Promise<T>): Promise<T> {
    const counts = new Map(this.counts)
    const afterCommit = [...this.#afterCommit]
    await sql`savepoint part`.execute(this.db)
    try {
      const value = await part()
      await sql`release savepoint part`.execute(this.db)
      return value
    } catch (error) {
      await sql`rollback to savepoint part`.execute(this.db)
      await sql`release savepoint part`.execute(this.db)
      this.counts = counts
      this.#afterCommit = afterCommit
      throw error
    }
  }

  committed(): void {
    for (const then of this.#afterCommit) then()
  }
}
