import { existsSync } from 'node:fs'
import type { Loaded } from './declaration.ts'
import { scopesOf } from './names.ts'

/**
 * The extensions of this server. Scopes and event types, from which schemas are made, include theirs, so they are loaded
 * before anything else.
 */
export const extensions: readonly Loaded[] = await loaded(process.env)

/** Their scopes, each with what it allows. */
export const extensionScopes: Readonly<Record<`x.${string}`, string>> = Object.assign(
  {},
  ...extensions.map(scopesOf),
)

/** Where there is no folder of them, not even the loader is loaded. */
async function loaded(env: NodeJS.ProcessEnv): Promise<readonly Loaded[]> {
  if (!env.COMSERV_EXTENSIONS_DIR && !existsSync('extensions')) return []
  const { loadExtensions } = await import('./load.ts')
  return loadExtensions(env)
}
