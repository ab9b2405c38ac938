import { createRequire } from 'node:module'
import type pg from 'pg'

/**
 * An `import` of `node:http` evaluates all that it exports, among it a WebSocket, and with that a whole client that nobody
 * here uses: 16 ms of the start, and 6 MB.
 */
export const http = process.getBuiltinModule('node:http')

const load = createRequire(import.meta.url)
let loaded: typeof pg | undefined

/** The driver of PostgreSQL; only a process with a `DATABASE_URL` loads its 66 modules. */
export function driver(): typeof pg {
  loaded ??= load('pg') as typeof pg
  return loaded
}
