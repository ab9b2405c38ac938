import { Socket } from 'node:net'
import pg from 'pg'
import type { Log } from '../lib/log.ts'
import type { Wire } from './hints.ts'
import { connectTimeoutMs, servingLimits, sessionSettings } from './postgres-session.ts'

const channel = 'comserv_hints'
const retryMs = 1_000
/** Nothing would arrive on a connection whose peer has vanished, so it is checked from time to time. */
const heartbeatMs = 10_000
const heartbeatTimeoutMs = 4_000

/**
 * Hints by LISTEN and NOTIFY, on a connection of their own that is opened with the first hint, and again when it is
 * lost. A NOTIFY inside a change would serialise all commits (PostgreSQL holds one lock for the whole server while a
 * transaction with a NOTIFY commits), so it is sent after the commit, at most one at a time: all hints that arrive
 * meanwhile become one more.
 */
export function hintsBetweenProcesses(url: string, log: Log): Wire {
  let arrived: (() => void) | undefined
  let line: Line | undefined
  let retry: NodeJS.Timeout | undefined
  let isSending = false
  let isMore = false
  let isClosed = false

  function open(): Line {
    const opened = openLine(url, () => arrived?.(), lost)
    return opened

    function lost(reason: string): void {
      if (isClosed || line !== opened) return
      line = undefined
      if (arrived)
        log.warn(
          { reason },
          'hints from other processes do not arrive at the moment; due work is looked up every second',
        )
      retry = setTimeout(() => {
        retry = undefined
        if (arrived) line ??= open()
      }, retryMs)
    }
  }

  async function send(): Promise<void> {
    isSending = true
    // Without the database there is nothing to send either; listeners also poll.
    do {
      isMore = false
      line ??= open()
      await line.notify()
    } while (isMore && !isClosed && !retry)
    isSending = false
  }

  return {
    send() {
      if (isClosed || retry) return
      if (isSending) isMore = true
      else void send()
    },
    listen(listener) {
      if (isClosed || arrived) return
      arrived = listener
      if (!retry) line ??= open()
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      line?.close()
    },
  }
}

interface Line {
  /** Never fails. */
  notify(): Promise<void>
  close(): void
}

/** @param lost called once, when the connection is lost */
function openLine(url: string, arrived: () => void, lost: (reason: string) => void): Line {
  const socket = new Socket()
  const client = new pg.Client({
    connectionString: url,
    application_name: 'comserv hints',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: heartbeatTimeoutMs,
    keepAlive: true,
    stream: () => socket,
  })
  let heartbeat: NodeJS.Timeout | undefined
  let isClosed = false

  function end(reason: string): void {
    clearInterval(heartbeat)
    socket.destroy()
    lost(reason)
  }

  async function ask(sql: string): Promise<void> {
    try {
      await client.query(sql)
    } catch (error) {
      end(reasonOf(error))
    }
  }

  async function begin(): Promise<void> {
    await client.connect()
    await client.query(sessionSettings(servingLimits))
    await client.query(`LISTEN ${channel}`)
    if (isClosed) return
    heartbeat = setInterval(() => void ask('select 1'), heartbeatMs)
    // Covers the hints that were sent before it listened.
    arrived()
  }

  client.on('notification', arrived)
  client.on('error', (error) => end(reasonOf(error)))
  client.on('end', () => end('the connection ended'))
  const ready = begin().catch((error: unknown) => end(reasonOf(error)))
  return {
    async notify() {
      await ready
      if (!socket.destroyed) await ask(`NOTIFY ${channel}`)
    },
    close() {
      isClosed = true
      clearInterval(heartbeat)
      // Terminates properly if the server listens, without waiting for it.
      client.end().catch(() => undefined)
      socket.destroySoon()
      socket.unref()
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
