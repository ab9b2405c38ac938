import { existsSync } from 'node:fs'
import type { Loaded } from './declaration.ts'

/**
 * The extensions of this server. Scopes and event types, from which schemas are made, include theirs, so they are loaded
 * before anything else. Where there is no folder of them, not even the loader is.
 */
export const extensions: readonly Loaded[] =
  process.env.COMSERV_EXTENSIONS_DIR || existsSync('extensions')
    ? await (await import('./load.ts')).loadExtensions(process.env)
    : []
