import { closeContext, createContext } from '../app.ts'
import { decideConfig } from '../config/decide.ts'
import type { Context } from '../context.ts'
import { createLog } from '../lib/log.ts'
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
