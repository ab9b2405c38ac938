import { editsBetween } from '../lib/edits.ts'

/** A variable that is not read, and the settings that may have been meant. */
export interface UnknownSetting {
  name: string
  meant: string[]
}

const prefix = 'COMSERV_'
/** The names that other programs have for what is a setting here. */
const foreign: Readonly<Record<string, string>> = {
  DB_URL: 'DATABASE_URL',
  PG_URL: 'DATABASE_URL',
  POSTGRES_URL: 'DATABASE_URL',
  POSTGRESQL_URL: 'DATABASE_URL',
  BASE_URL: 'COMSERV_PUBLIC_URL',
  PUBLIC_URL: 'COMSERV_PUBLIC_URL',
  DATA_DIR: 'COMSERV_DATA_DIR',
  LOG_LEVEL: 'COMSERV_LOG_LEVEL',
  SECRET_KEY: 'COMSERV_SECRET_KEY',
  TRUST_PROXY: 'COMSERV_TRUST_PROXY',
}
const editsMax = 2
/** A beginning that many settings share, such as COMSERV_WEBHOOK, means none of them. */
const meantMax = 4

/**
 * Variables that look like settings and are not. One of another program counts only where the setting that it may stand
 * for is not given: the environment has names that are not meant for this server.
 */
export function unknownSettings(
  source: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): UnknownSetting[] {
  return Object.keys(source).flatMap((name): UnknownSetting[] => {
    if (known.includes(name)) return []
    const upper = name.toUpperCase()
    if (upper.startsWith(prefix)) return [{ name, meant: meantBy(upper, known) }]
    const other = foreign[name]
    if (other !== undefined) return source[name] && !source[other] ? [{ name, meant: [other] }] : []
    const near = /^COM[A-Z]{2,6}_/.test(upper) ? nearest(upper, known) : undefined
    return near === undefined ? [] : [{ name, meant: [near] }]
  })
}

function meantBy(name: string, known: readonly string[]): string[] {
  const bare = name.slice(prefix.length)
  const same = [name, bare, foreign[bare] ?? ''].find((one) => known.includes(one))
  const near = same ?? nearest(name, known)
  if (near !== undefined) return [near]
  const longer = known.filter((one) => one.startsWith(`${name}_`) || one.startsWith(`${bare}_`))
  return longer.length > meantMax ? [] : longer
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const near = known
    .filter((one) => one.startsWith(prefix) && Math.abs(one.length - name.length) <= editsMax)
    .map((one) => ({ one, edits: editsBetween(name, one) }))
    .filter(({ edits }) => edits <= editsMax)
  return near.sort((a, b) => a.edits - b.edits)[0]?.one
}
