import type { Db, Transaction } from './database.ts'

/** What a transaction has promised to do at its end. */
export class PendingChange implements Transaction {
  readonly db: Db
  readonly counts = new Map<string, number>()
  readonly #afterCommit: (() => void)[] = []

  constructor(db: Db) {
    this.db = db
  }

  count(scope: string, by: number): void {
    this.counts.set(scope, (this.counts.get(scope) ?? 0) + by)
  }

  afterCommit(then: () => void): void {
    this.#afterCommit.push(then)
  }

  committed(): void {
    for (const then of this.#afterCommit) then()
  }
}
