import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { closeContext, createContext } from '../app.ts'
import { decideConfig, registerName } from '../config/decide.ts'
import { type Applied, applyRegister } from '../erasure/register.ts'
import {
  addToRegister,
  countDamaged,
  type Erased,
  type RegisterLine,
  readRegister,
  registerLine,
} from '../erasure/register-file.ts'
import { scrub } from '../erasure/service.ts'
import { createLog } from '../lib/log.ts'
import { vaultOfFile } from '../sealed-values.ts'
import type { EmbeddedPlace } from './backup-files.ts'

export const registerBeside = (backup: string) => join(dirname(backup), registerName)

/**
 * Brings the register beside a backup up to date. There is one from the first backup on, so that its absence means that it
 * was lost.
 * @param copy the finished copy of the database
 */
export function keepRegisterBeside(place: EmbeddedPlace, copy: string, backup: string): void {
  const file = registerBeside(backup)
  if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600, flush: true })
  const lines = erasedLines(copy, place.secretKey, place.previousKey)
  addToRegister(file, [...readRegister(place.register), ...lines])
}

/** Lines for those who were erased in a copy; none where the keys do not open it. */
export function erasedLines(copy: string, ...keys: (string | undefined)[]): RegisterLine[] {
  const vault = vaultOfFile(copy, ...keys)
  return vault ? erasedIn(copy).map((erased) => registerLine(vault, erased)) : []
}

function erasedIn(copy: string): Erased[] {
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    if (!hasErasures(database)) return []
    return database
      .prepare(
        'SELECT user_id, created_at, erased_at FROM erasures JOIN users ON users.id = user_id WHERE erased_at IS NOT NULL ORDER BY erased_at, user_id',
      )
      .all() as unknown as Erased[]
  } finally {
    database.close()
  }
}

/** Whether a copy still holds in its pages what an erasure has removed from its rows. */
export function needsScrub(copy: string): boolean {
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    const due = 'SELECT 1 FROM erasures WHERE erased_at IS NOT NULL AND scrubbed_at IS NULL LIMIT 1'
    return hasErasures(database) && database.prepare(due).get() !== undefined
  } finally {
    database.close()
  }
}

interface FoundLines {
  files: string[]
  lines: RegisterLine[]
  /** Lines that cannot be read. */
  damaged: number
}

/** All lines that can be found for a backup: beside it, and where the server keeps them. */
export function linesFor(place: EmbeddedPlace, backup: string): FoundLines {
  const files = [...new Set([registerBeside(backup), place.register])].filter((file) => existsSync(file))
  const lines = new Map(files.flatMap(readRegister).map((line) => [line.mac, line]))
  const damaged = files.reduce((sum, file) => sum + countDamaged(file), 0)
  return { files, lines: [...lines.values()], damaged }
}

/** One sentence for each kind of line that was not applied. */
export function registerProblems({ strange, damaged }: { strange: number; damaged: number }): string[] {
  const problems: string[] = []
  if (strange > 0)
    problems.push(
      `Not applied, lines that were changed or made with another secret key or by another installation: ${strange}. If they are yours, run \`comserv erasures apply\` with that key.`,
    )
  if (damaged > 0)
    problems.push(
      `Damaged lines that cannot be read: ${damaged}. The people in them may be in the database: run \`comserv erasures apply\` with another copy of the register before you serve.`,
    )
  return problems
}

interface EraseAgain {
  dataDir: string
  lines: readonly RegisterLine[]
  /** Of the backup; a lost one is replaced by a new one. */
  secretKey: string
  previousKey: string | undefined
  /** The key that the lines were made with is lost: they are applied without a check. */
  isKeyLost: boolean
}

/**
 * Erases people in a copy that nobody serves yet: in a folder of its own, with everything that a server does at its start.
 * The copy stays as it is when nobody in the register is in it.
 */
export async function eraseAgain(
  env: NodeJS.ProcessEnv,
  copy: string,
  { dataDir, lines, secretKey, previousKey, isKeyLost }: EraseAgain,
): Promise<Applied> {
  if (!holdsAny(copy, lines)) return { erased: [], strange: 0 }
  const folder = mkdtempSync(join(dataDir, 'restoring-'))
  try {
    const file = join(folder, 'comserv.db')
    renameSync(copy, file)
    const config = decideConfig({
      ...env,
      COMSERV_DATA_DIR: folder,
      COMSERV_SECRET_KEY: secretKey,
      COMSERV_SECRET_KEY_PREVIOUS: previousKey,
      COMSERV_ERASURE_REGISTER: join(folder, registerName),
    })
    const context = await createContext(config, createLog('silent'))
    let applied: Applied
    try {
      applied = await applyRegister(context, lines, { isKeyLost })
      await scrub(context, { force: true })
    } finally {
      await closeContext(context)
    }
    renameSync(file, copy)
    return applied
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function holdsAny(copy: string, lines: readonly RegisterLine[]): boolean {
  const database = new DatabaseSync(copy, { readOnly: true })
  try {
    const erased = hasErasures(database)
      ? 'AND id NOT IN (SELECT user_id FROM erasures WHERE erased_at IS NOT NULL)'
      : ''
    const find = database.prepare(`SELECT 1 FROM users WHERE id = ? AND is_system = 0 ${erased}`)
    return lines.some(({ user_id }) => find.get(user_id) !== undefined)
  } finally {
    database.close()
  }
}

function hasErasures(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'erasures'").get() !== undefined
}
