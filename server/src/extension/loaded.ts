import { loadExtensions } from './load.ts'

/**
 * The extensions of this server. Scopes and event types, from which schemas are made, include theirs, so they are loaded
 * before anything else.
 */
export const extensions = await loadExtensions(process.env)
