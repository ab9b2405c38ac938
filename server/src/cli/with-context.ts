import { closeContext, createContext } from '../app.ts'
import { decideConfig } from '../config/decide.ts'
import type { Context } from '../context.ts'
import { scopes, type Scope } from '../credentials/scopes.ts'
import type { Actor } from '../http/caller.ts'
import { createLog } from '../lib/log.ts'
import { ensureSystemUser } from '../users/system-user.ts'
import type { Terminal } from './command.ts'

/** Opens what `serve` would open, runs one task beside it, and closes. */
export async function withContext<T>(terminal: Terminal, task: (context: Context) => Promise<T>): Promise<T> {
  const config = decideConfig(terminal.env)
  const context = await createContext(config, createLog('silent'))
  try {
    return await task(context)
  } finally {
    await closeContext(context)
  }
}

/** Whoever can run a command on this machine may do everything, and stands in the audit log as the operator. */
export async function operator(context: Context): Promise<Actor> {
  return {
    type: 'operator',
    id: null,
    name: 'command line',
    scopes: new Set(Object.keys(scopes) as Scope[]),
    userId: await ensureSystemUser(context),
    ip: null,
    requestId: null,
  }
}
