import pg from 'pg'
import type { Log } from '../lib/log.ts'
import type { Wire } from './hints.ts'

const channel = 'comserv_hints'
const retryMs = 1_000

/**
 * Hints by LISTEN and NOTIFY. A NOTIFY inside a change would make all changes commit one after the other (PostgreSQL holds
 * one lock for the whole server while a transaction with a NOTIFY commits), so it goes out by itself after the commit, at
 * most one at a time: any number of hints that come meanwhile are one more.
 */
export function hintsBetweenProcesses(url: string, pool: pg.Pool, log: Log): Wire {
  let isSending = false
  let isMore = false
  let isClosed = false
  let listener: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  async function send(): Promise<void> {
    isSending = true
    do {
      isMore = false
      // Without the database there is nothing to send either; whoever waits looks by itself.
      await pool.query(`NOTIFY ${channel}`).catch(() => undefined)
    } while (isMore && !isClosed)
    isSending = false
  }

  async function connect(arrived: () => void): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: 'comserv hints' })
    listener = client
    client.on('notification', arrived)
    client.on('error', (error) => lost(client, arrived, error))
    client.on('end', () => lost(client, arrived))
    try {
      await client.connect()
      await client.query(`LISTEN ${channel}`)
      arrived()
    } catch (error) {
      lost(client, arrived, error)
    }
  }

  function lost(client: pg.Client, arrived: () => void, error?: unknown): void {
    if (isClosed || listener !== client) return
    listener = undefined
    const reason = error instanceof Error ? error.message : 'the connection ended'
    log.warn(
      { reason },
      'hints of other processes do not arrive for the moment; what is due is looked up each second',
    )
    client.end().catch(() => undefined)
    retry = setTimeout(() => void connect(arrived), retryMs)
  }

  return {
    send() {
      if (isClosed) return
      if (isSending) isMore = true
      else void send()
    },
    listen(arrived) {
      if (!listener && !isClosed) void connect(arrived)
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      await listener?.end().catch(() => undefined)
    },
  }
}
