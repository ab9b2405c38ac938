import { randomUUID } from 'node:crypto'
import type { AuditSinkPlace } from '../config/audit-sink.ts'
import type { Context } from '../context.ts'
import type { Task } from '../lib/background.ts'
import { secondMs, toInstant } from '../lib/timestamps.ts'
import { within } from '../lib/until-aborted.ts'
import { openerOf, toRecord } from './service.ts'
import { fileSink } from './sink-file.ts'
import * as store from './sink-store.ts'
import { streamSink, udpSink } from './sink-syslog.ts'

export interface SinkLine {
  seq: number
  hash: string
  /** RFC 3339. */
  at: string
  record: object
}

export interface SinkWriter {
  /** Resolves when the receiver has all lines, as far as that can be known. Called again with the same lines when it failed. */
  write(lines: readonly SinkLine[]): Promise<void>
  close(): Promise<void>
}

const batchRows = 200
const writeTimeoutMs = 10_000
/** Longer than a batch takes; another process takes over after it. */
const leaseMs = 30_000
const pauseMaxMs = 60_000

/**
 * Copies chained rows to a sink, in the order of the chain. How far it has come is in the database and moves after a batch
 * was written: nothing is lost, a batch may be repeated after a crash, and `seq` tells. A sink that is full or does not
 * respond is tried again, after longer and longer pauses; writers never wait for it.
 */
export class AuditSink {
  readonly #context: Pick<Context, 'database' | 'clock' | 'log'>
  readonly #target: string
  readonly #writer: SinkWriter
  readonly #token = randomUUID()
  #isHeld = false
  #failures = 0
  #restsUntilMs = 0
  /** A write that did not end in time: nothing more is written until it has ended. */
  #overdue: Promise<unknown> | undefined

  constructor(context: Pick<Context, 'database' | 'clock' | 'log'>, place: AuditSinkPlace) {
    this.#context = context
    this.#target = place.target
    this.#writer = writerFor(place)
  }

  /** Failed writes in a row. */
  get failures(): number {
    return this.#failures
  }

  async feed(): Promise<void> {
    if (this.#overdue || this.#context.clock.elapsed() < this.#restsUntilMs) return
    const { database } = this.#context
    const now = toInstant(this.#context.clock.now())
    let seq = await database.write(({ db }) => store.takeSink(db, this.#target, now, this.#lease()))
    this.#isHeld = seq !== undefined
    while (seq !== undefined) {
      const rows = await store.listChained(database.read, seq, batchRows)
      const last = rows.at(-1)
      if (!last || !(await this.#write(rows))) return
      const { seq: sent } = last
      const isOurs = await database.write(({ db }) => store.noteSent(db, this.#target, sent, this.#lease()))
      seq = isOurs ? sent : undefined
    }
  }

  async close(): Promise<void> {
    await within(writeTimeoutMs, 'closing the audit sink', this.#writer.close()).catch(() => undefined)
    if (!this.#isHeld) return
    await this.#context.database.write(({ db }) => store.leaveSink(db, this.#target, this.#token))
  }

  async #write(rows: readonly store.ChainedRow[]): Promise<boolean> {
    const open = await openerOf(this.#context.database, rows)
    const lines = rows.map((row) => ({
      seq: row.seq,
      hash: row.hash,
      at: row.occurred_at,
      record: toRecord(row, open),
    }))
    const writing = this.#writer.write(lines)
    const settled = writing
      .catch(() => undefined)
      .finally(() => {
        this.#overdue = undefined
      })
    this.#overdue = settled
    try {
      await within(writeTimeoutMs, 'writing to the audit sink', writing)
      this.#failures = 0
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  #failed(error: unknown): void {
    const pauseMs = Math.min(pauseMaxMs, secondMs * 2 ** this.#failures++)
    this.#restsUntilMs = this.#context.clock.elapsed() + pauseMs
    const reason = error instanceof Error ? error.message : String(error)
    this.#context.log.warn(
      { sink: this.#target, reason, retry_ms: pauseMs },
      'the audit sink cannot be written',
    )
  }

  #lease() {
    return { lease_token: this.#token, lease_until: toInstant(this.#context.clock.now() + leaseMs) }
  }
}

export function sinkFeeding({ auditSink }: Context): Task[] {
  return auditSink ? [{ name: 'feed the audit sink', everyMs: secondMs, run: () => auditSink.feed() }] : []
}

function writerFor(place: AuditSinkPlace): SinkWriter {
  if (place.kind === 'file') return fileSink(place.path)
  if (place.kind === 'udp') return udpSink(place.host, place.port)
  return streamSink(place.kind === 'tcp' ? { host: place.host, port: place.port } : { path: place.path })
}
