import { Socket } from 'node:net'
import { driver } from '../lib/loading.ts'
import type { Log } from '../lib/log.ts'
import type { HintKind, Wire } from './hints.ts'
import { connectTimeoutMs, servingLimits, sessionSettings } from './postgres-session.ts'

const channel = 'comserv_hints'
const retryMs = 1_000
/** New events are announced at most this often: under load, a NOTIFY for each change would cost as much as its queries. */
const logPauseMs = 50
/** Nothing would arrive on a connection whose peer has vanished, so it is checked from time to time. */
const heartbeatMs = 10_000
const heartbeatTimeoutMs = 4_000

/**
 * Hints by LISTEN and NOTIFY, on a connection of their own that is opened with the first hint, and again when it is
 * lost. A NOTIFY inside a change would serialise all commits (PostgreSQL holds one lock for the whole server while a
 * transaction with a NOTIFY commits), so it is sent after the commit, at most one at a time: all hints that arrive
 * meanwhile become one more. The payload is the kind of the hint.
 */
export function hintsBetweenProcesses(url: string, log: Log): Wire {
  let arrived: ((kind: HintKind) => void) | undefined
  let line: Line | undefined
  let retry: NodeJS.Timeout | undefined
  let isSending = false
  const waiting = new Set<HintKind>()
  let isClosed = false

  function open(): Line {
    const opened = openLine(url, (kind) => arrived?.(kind), lost)
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

  async function sendWaiting(): Promise<void> {
    isSending = true
    // Without the database there is nothing to send either; listeners also poll.
    while (waiting.size > 0 && !isClosed && !retry) {
      const kinds = [...waiting]
      waiting.clear()
      line ??= open()
      await line.notify(kinds)
    }
    waiting.clear()
    isSending = false
  }

  function send(kind: HintKind): void {
    if (isClosed || retry) return
    waiting.add(kind)
    if (!isSending) void sendWaiting()
  }

  const ofLog = seldom(logPauseMs, () => send('log'))

  return {
    send: (kind) => (kind === 'log' ? ofLog.run() : send(kind)),
    listen(listener) {
      if (isClosed || arrived) return
      arrived = listener
      if (!retry) line ??= open()
    },
    async close() {
      isClosed = true
      clearTimeout(retry)
      ofLog.stop()
      line?.close()
    },
  }
}

/** Runs at once, and then at most once in each pause, however often it is called. */
function seldom(pauseMs: number, then: () => void) {
  let pause: NodeJS.Timeout | undefined
  let isDue = false
  function run(): void {
    isDue = pause !== undefined
    if (isDue) return
    then()
    pause = setTimeout(() => {
      pause = undefined
      if (isDue) run()
    }, pauseMs).unref()
  }
  return { run, stop: () => clearTimeout(pause) }
}

interface Line {
  /** Never fails. */
  notify(kinds: readonly HintKind[]): Promise<void>
  close(): void
}

/** @param lost called once, when the connection is lost */
function openLine(url: string, arrived: (kind: HintKind) => void, lost: (reason: string) => void): Line {
  const socket = new Socket()
  const client = new (driver().Client)({
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
    arrived('work')
    arrived('log')
  }

  // One of an earlier version has no payload.
  client.on('notification', ({ payload }) => arrived(payload === 'log' ? 'log' : 'work'))
  client.on('error', (error) => end(reasonOf(error)))
  client.on('end', () => end('the connection ended'))
  const ready = begin().catch((error: unknown) => end(reasonOf(error)))
  return {
    async notify(kinds) {
      await ready
      if (socket.destroyed) return
      await ask(kinds.map((kind) => `NOTIFY ${channel}, '${kind}'`).join('; '))
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
