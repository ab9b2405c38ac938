/** Why the database is unavailable; each reason with the text for callers, and when to retry. */
const reasons = {
  unreachable: { details: 'The database cannot be reached; try again shortly.', retryAfterSeconds: 5 },
  refused: {
    details: 'The database refuses the connection; contact the operator.',
    retryAfterSeconds: 30,
  },
  starting: { details: 'The database is starting; try again shortly.', retryAfterSeconds: 5 },
  stopping: { details: 'The database is restarting; try again shortly.', retryAfterSeconds: 5 },
  timeout: {
    details: 'The database did not respond in time; nothing was changed, try again shortly.',
    retryAfterSeconds: 5,
  },
  locked: {
    details: 'Another change has locked the same records; nothing was changed, try again shortly.',
    retryAfterSeconds: 2,
  },
  busy: {
    details: 'Too many requests are waiting for the database; nothing was changed, try again shortly.',
    retryAfterSeconds: 5,
  },
  read_only: {
    details: 'The database is read-only at the moment; nothing was changed, try again later.',
    retryAfterSeconds: 10,
  },
  full: {
    details: 'The disk of the database is full; nothing was changed, try again later.',
    retryAfterSeconds: 30,
  },
  io: { details: 'The disk of the database failed; the operator has to look.', retryAfterSeconds: 30 },
  lost: {
    details:
      'The files of the database were removed or replaced under the running server; nothing was changed, the operator has to look.',
    retryAfterSeconds: 30,
  },
  damaged: { details: 'The database is damaged; the operator has to look.', retryAfterSeconds: 60 },
  outcome_unknown: {
    details:
      'The connection to the database was lost while the change was being committed, so it may have been made: check before you retry, or retry with the same Idempotency-Key.',
    retryAfterSeconds: 5,
  },
} as const

/** Said where a change is one transaction; a request of several may have committed some before. */
const unchanged = ' nothing was changed,'

export type FailureReason = keyof typeof reasons

/**
 * The database itself failed, not the query. Created only at the edge of the drivers, where the source of an error and
 * the current step are known: a code alone does not tell (a client that hangs up is `ECONNRESET`, too).
 */
export class DatabaseUnavailable extends Error {
  readonly reason: FailureReason
  /** One sentence for a caller; contains nothing of the database's own message. */
  readonly details: string
  readonly retryAfterSeconds: number

  /** The same for work that goes on after each of its transactions: it knows what it has committed. */
  get detailsMidway(): string {
    return this.reason === 'outcome_unknown'
      ? 'The connection to the database was lost while rows were being committed, so a few more may have been.'
      : this.details.replace(unchanged, '')
  }

  /** @param cause what the driver threw; its message is for the log */
  constructor(reason: FailureReason, cause?: unknown, details: string = reasons[reason].details) {
    const message = cause instanceof Error ? cause.message : String(cause ?? details)
    super(`database ${reason.replaceAll('_', ' ')}: ${message}`, { cause })
    this.reason = reason
    this.details = details
    this.retryAfterSeconds = reasons[reason].retryAfterSeconds
  }
}
