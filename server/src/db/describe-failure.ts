import { resolve } from 'node:path'
import { driver } from '../lib/loading.ts'
import type { DatabaseUnavailable } from './failure.ts'

/** What is wrong with the database, for its operator: one sentence that names the host, the database and the setting, but no secret. */
export function describeFailure({ reason, cause, details }: DatabaseUnavailable, url: string): string {
  const { host, where, name, user } = placeOf(url)
  const { code } = (cause ?? {}) as { code?: string }
  const message = reasonIn(cause, details)
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host '${host}' of DATABASE_URL is not known: its name cannot be resolved.`
    case 'ECONNREFUSED':
      return `Nothing accepts connections at ${where}: PostgreSQL is not running there, or DATABASE_URL names the wrong host or port.`
    case '3D000':
      return `There is no database '${name}' in PostgreSQL at ${where}: create it, or change DATABASE_URL.`
    case '28P01':
      return `PostgreSQL at ${where} refuses the user '${user}': the user or the password in DATABASE_URL is wrong.`
    case '28000':
      return `PostgreSQL at ${where} refuses the user '${user}' of DATABASE_URL: ${message}.`
    case '53300':
      return `PostgreSQL at ${where} allows no more connections for the user '${user}': raise max_connections, or the CONNECTION LIMIT of the role or database.`
    case '57P03':
      return `PostgreSQL at ${where} is starting or stopping, and accepts no connections.`
  }
  if (message.startsWith('SASL') && message.includes('password'))
    return `PostgreSQL at ${where} requires a password for the user '${user}', and DATABASE_URL has none.`
  if (notPostgres.test(message))
    return `PostgreSQL does not respond at ${where} (${message}): check the host and the port in DATABASE_URL, something else may be running there.`
  switch (reason) {
    case 'read_only':
      return `The database '${name}' at ${where} is read-only: DATABASE_URL has to name the primary server.`
    case 'full':
      return `The disk of PostgreSQL at ${where} is full.`
    case 'timeout':
      return `PostgreSQL at ${where} did not respond in time.`
    case 'outcome_unknown':
      return `The connection to PostgreSQL at ${where} was lost during a commit, so the last change may have been made or not: ${message}.`
    default:
      return `The database '${name}' of PostgreSQL at ${where} cannot be used: ${message}.`
  }
}

/** What pg says when the other side closes the connection, or responds in another protocol. */
const notPostgres =
  /^(Connection terminated unexpectedly|received invalid response|There was an error establishing an SSL connection)/i

/** The same for the embedded database. @param dataDir the value of COMSERV_DATA_DIR, if set */
export function describeFileFailure({ reason, cause, details }: DatabaseUnavailable, dataDir = ''): string {
  const file = resolve(dataDir.trim() || 'data', 'comserv.db')
  const message = reasonIn(cause, details)
  switch (reason) {
    case 'damaged':
      return `${file} is damaged, or is not a database (${message}). Move it away together with its -wal, and restore a backup with \`comserv restore\`.`
    case 'read_only':
      return `${file} cannot be written to (${message}): this user needs write access to the file and its folder.`
    case 'unreachable':
      return `${file} cannot be opened (${message}): this user needs access to the file and its folder.`
    case 'full':
      return `The disk that holds ${file} is full.`
    case 'locked':
      return `${file} is locked by another program; stop that, or try again when it has finished.`
    default:
      return `${file} cannot be used: ${message}.`
  }
}

/** Goes into a sentence, so without a full stop of its own. */
function reasonIn(cause: unknown, details: string): string {
  const { message = details } = (cause ?? {}) as { message?: string }
  return message.replace(/\.$/, '')
}

/** As the driver parses the URL: parts may be missing, or given as parameters. */
function placeOf(url: string): { host: string; where: string; name: string; user: string } {
  const { host, port, database = '', user = '' } = new (driver().Client)({ connectionString: url.trim() })
  const named = host.includes(':') ? `[${host}]` : host
  return { host, where: host.startsWith('/') ? host : `${named}:${port}`, name: database, user }
}
