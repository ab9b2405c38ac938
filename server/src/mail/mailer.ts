import type { MailLanguage } from '../config/mail.ts'
import type { Context } from '../context.ts'
import type { Transaction } from '../db/database.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { newLease } from '../db/processes.ts'
import { readHostName } from '../lib/host-names.ts'
import { fromTimestamp, secondMs, toInstant, toTimestamp } from '../lib/timestamps.ts'
import { linkKinds, type MailKind } from './kinds.ts'
import { shownTime, tokenContext } from './outbox.ts'
import { type Mailing, type SmtpFailure, sendMail } from './smtp.ts'
import * as store from './store.ts'
import type { MailValues, Templates } from './templates.ts'

/** Mails that one process has under way at once, each over a connection of its own. */
const sendingMax = 8
/** However many hints are lost, nothing waits longer than this. */
const pollMs = secondMs
const takenBackMax = 100
const stopTimeoutMs = 10 * secondMs
/** A mail ends well before its lease, or another process would send it, too. */
const shareOfLease = 0.75
const jitter = 0.2
/** Later than any lease. */
const endOfTime = '9999-12-31T23:59:59.999Z'

type Dependencies = Pick<Context, 'config' | 'clock' | 'log' | 'database' | 'vault'> & {
  templates: Templates
  mailing: Mailing
  /** Runs before due mails are looked for, and may write some. */
  prepare?(): Promise<void>
}

interface Finished {
  mail: store.MailRow
  failure: SmtpFailure
}

export interface MailStatistics {
  attempts: { sent: number; failed: number }
  expiredLeases: number
}

/** For all of one mail. */
export function mailingFor({ config }: Pick<Context, 'config'>): Mailing | undefined {
  const { server, from } = config.mail
  return (
    server && {
      server,
      from,
      name: readHostName(new URL(config.publicUrl).host) ?? 'localhost',
      timeoutMs: Math.floor(config.webhooks.leaseMs * shareOfLease),
    }
  )
}

/**
 * Sends due mails. The table is the only queue: this holds nothing that is not leased there, and however the process ends,
 * its mails become due again when their leases expire. A mail comes twice only when the process ends after the mail server
 * has taken it and before that is recorded; both have the same `Message-ID`.
 */
export class Mailer {
  readonly statistics: MailStatistics = { attempts: { sent: 0, failed: 0 }, expiredLeases: 0 }
  readonly #context: Dependencies
  readonly #sending = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  #finished: Finished[] = []
  #isStopping = false
  #isAwake = false
  #endPause: () => void = () => undefined
  #running: Promise<void> | undefined
  #unlisten: () => void = () => undefined

  constructor(dependencies: Dependencies) {
    this.#context = dependencies
  }

  /** Mails left by a killed process are due now, if this process was the only one when it started. */
  async takeBackLeft(): Promise<void> {
    if (this.#context.database.wasFree) await this.#takeBack(endOfTime)
  }

  start(): void {
    this.#unlisten = this.#context.database.hints.listen('work', () => this.wake())
    this.#running = this.#run()
  }

  wake(): void {
    this.#isAwake = true
    this.#endPause()
  }

  /** Leases nothing more, and waits for mails under way; those that take too long are sent again later. */
  async stop(): Promise<void> {
    this.#unlisten()
    this.#isStopping = true
    this.wake()
    await this.#running
    const overdue = setTimeout(() => this.#abort.abort(), stopTimeoutMs)
    await Promise.all(this.#sending)
    clearTimeout(overdue)
    await this.#settle().catch((error: unknown) =>
      this.#context.log.error({ err: error }, 'the last outcomes of mail were not stored; it is sent again'),
    )
  }

  /** Sends everything that is due, instead of running on its own. */
  async drain(): Promise<void> {
    await this.#takeBack()
    for (;;) {
      if ((await this.#round()) || this.#finished.length > 0) continue
      if (this.#sending.size === 0) return
      await Promise.race(this.#sending)
    }
  }

  async #run(): Promise<void> {
    const { log } = this.#context
    let isFailing = false
    while (!this.#isStopping) {
      this.#isAwake = false
      try {
        await this.#takeBack()
        while (await this.#round());
        isFailing = false
      } catch (error) {
        // Logged once, however long it lasts.
        if (!isFailing && error instanceof DatabaseUnavailable)
          log.warn({ reason: error.message }, 'mail waits for the database')
        else if (!isFailing) log.error({ err: error }, 'mail waits: the database could not be used')
        isFailing = true
        this.#isAwake = false
      }
      if (!this.#isAwake && !this.#isStopping) await this.#pause()
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMs)
      this.#endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** @returns whether there was anything to do */
  async #round(): Promise<boolean> {
    const { database, clock, config, prepare } = this.#context
    const hasSettled = await this.#settle()
    if (this.#isStopping) return hasSettled
    await prepare?.()
    const now = toInstant(clock.now())
    const room = sendingMax - this.#sending.size
    if (room <= 0 || !(await store.hasDue(database.read, now))) return hasSettled
    const lease = newLease(clock.now(), config.webhooks.leaseMs)
    const leased = await database.write(({ db }) => store.leaseDue(db, now, room, lease))
    for (const mail of leased) this.#begin(mail)
    return leased.length > 0 || hasSettled
  }

  #begin(mail: store.MailRow): void {
    const sent = this.#send(mail).then((failure) => {
      this.#sending.delete(sent)
      this.#finished.push({ mail, failure })
      this.wake()
    })
    this.#sending.add(sent)
  }

  async #send(mail: store.MailRow): Promise<SmtpFailure> {
    const { clock, log, templates, mailing } = this.#context
    if (mail.expires_at !== null && fromTimestamp(mail.expires_at) <= clock.now())
      return { error: 'Its link expired before it could be sent.', isPermanent: true }
    try {
      const { kind, language, recipient: to, message_id: messageId, created_at: date } = mail
      const rendered = templates(kind as MailKind, language as MailLanguage, this.#valuesOf(mail))
      return await sendMail(mailing, { ...rendered, to, messageId, date }, this.#abort.signal)
    } catch (error) {
      log.error({ err: error, mail: mail.id }, 'a mail could not be written')
      return {
        error: 'The mail could not be written; the log of the server has the reason.',
        isPermanent: false,
      }
    }
  }

  #valuesOf({ kind, data, token, message_id, expires_at }: store.MailRow): MailValues {
    const { config, vault } = this.#context
    const path = linkKinds[kind as MailKind]?.path
    const link =
      path === undefined || token === null
        ? {}
        : { link: `${config.publicUrl}${path}${vault.open(token, tokenContext(message_id))}` }
    const { siteName: site, publicUrl: url } = config
    const expiry = expires_at === null ? {} : { expires_at: shownTime(expires_at) }
    return { site, url, ...JSON.parse(data), ...expiry, ...link }
  }

  /** Outcomes are kept until they are recorded. @returns whether there were any */
  async #settle(): Promise<boolean> {
    if (this.#finished.length === 0) return false
    const { database, clock } = this.#context
    const finished = this.#finished
    this.#finished = []
    try {
      await database.write((trx) => this.#record(trx, finished, clock.now()))
    } catch (error) {
      this.#finished.unshift(...finished)
      throw error
    }
    for (const { mail, failure } of finished) {
      this.statistics.attempts[failure ? 'failed' : 'sent']++
      if (failure)
        this.#context.log.warn(
          { mail: mail.id, kind: mail.kind, reason: failure.error },
          'a mail was not sent',
        )
    }
    return true
  }

  async #record({ db }: Transaction, finished: readonly Finished[], nowMs: number): Promise<void> {
    for (const { mail, failure } of finished) {
      const pauseMs = failure && !failure.isPermanent ? this.#pauseAfter(mail.attempts) : undefined
      const isWaiting = pauseMs !== undefined
      await store.settleMail(db, mail, {
        status: isWaiting ? 'pending' : failure ? 'failed' : 'sent',
        error: failure?.error ?? null,
        next_attempt_at: isWaiting ? toInstant(nowMs + pauseMs) : null,
        finished_at: isWaiting ? null : toTimestamp(nowMs),
      })
    }
  }

  /** The schedule of webhooks. Undefined after the last attempt. */
  #pauseAfter(attempts: number): number | undefined {
    const seconds = this.#context.config.webhooks.retrySchedule[attempts - 1]
    if (seconds === undefined) return undefined
    return Math.round(seconds * secondMs * (1 - jitter + 2 * jitter * Math.random()))
  }

  async #takeBack(leasedUntil?: string): Promise<void> {
    const { database, clock } = this.#context
    const now = toInstant(clock.now())
    const until = leasedUntil ?? now
    while (await store.hasLeased(database.read, until)) {
      const taken = await database.write(({ db }) => store.takeBackLeased(db, until, now, takenBackMax))
      this.statistics.expiredLeases += taken
      if (taken === 0) return
    }
  }
}
