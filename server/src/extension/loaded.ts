import { existsSync } from 'node:fs'
import type { Loaded } from './declaration.ts'

/**
 * The extensions of this server. Scopes and event types, from which schemas are made, include theirs, so they are loaded
 * before anything else.
 */
export const extensions: readonly Loaded[] = await loaded(process.env)

/** Where there is no folder of them, not even the loader is loaded. */
async function loaded(env: NodeJS.ProcessEnv): Promise<readonly Loaded[]> {
  if (!env.COMSERV_EXTENSIONS_DIR && !existsSync('extensions')) return []
  const { loadExtensions } = await import('./load.ts')
  return loadExtensions(env)
}
