import { addAbortSignal } from 'node:stream'
import { AppError } from '../api/errors.ts'
import type { Context } from '../context.ts'
import { DatabaseUnavailable } from '../db/failure.ts'
import { EventStreams } from '../events/event-streams.ts'
import { createLog } from '../lib/log.ts'
import { operatorActingFor } from './actor.ts'
import { CommandError } from './command.ts'
import { visible } from './event-line.ts'
import { type Connect, Interrupted, PositionLost } from './stream-connection.ts'

export interface Local {
  connect(types: readonly string[] | undefined): Connect
  close(): void
}

/**
 * The log of this installation, read from its database as a server reads it for its streams, whether one runs or not. Who
 * has the files and the settings may read everything, so there is no key.
 */
export function localLog(context: Context, tell: (line: string) => void): Local {
  const streams = new EventStreams({ ...context, log: createLog('warn', { write: telling(tell) }) })
  // Nothing is written and no rule narrows what it sees, so the user behind it is of no concern.
  const actor = operatorActingFor(0)
  const listener = { identify: async () => actor, turn: async () => {} }
  // A receiver that keeps an event waiting is no reason to disconnect: there is no connection.
  const sink = { writableLength: 0, destroy() {} }

  return {
    connect: (types) => async (after, stop) => {
      try {
        const admitted = await streams.admit(actor, { types, after })
        return addAbortSignal(stop, await streams.open(admitted, listener, sink))
      } catch (error) {
        if (error instanceof DatabaseUnavailable)
          throw new Interrupted(`The database cannot be reached: ${error.message}.`)
        if (!(error instanceof AppError)) throw error
        throw error.status === 410 ? new PositionLost(error.details) : new CommandError(error.details)
      }
    },
    close: () => streams.close(),
  }
}

/** What the streams log, as a sentence. */
function telling(tell: (line: string) => void): (line: string) => void {
  return (line) => {
    const { msg, reason, err } = JSON.parse(line)
    tell(visible([msg, reason ?? err?.message].filter(Boolean).join(': ')))
  }
}
