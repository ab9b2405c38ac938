import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CommandError } from '../lib/command-error.ts'
import { flushFolder } from '../lib/durable-file.ts'
import { makeFolder } from '../lib/make-folder.ts'
import type { Vault } from '../lib/vault.ts'

/**
 * The register of erasures: a line of JSON for each, in a file that is kept beside the backups. A backup from before an
 * erasure still holds the person; a restore erases again everybody in the register. It names ids and times alone, and
 * each line carries a MAC under the secret key, so that nobody can have others erased by adding a line.
 */
export interface RegisterLine {
  user_id: number
  erased_at: string
  /** Tells the person from a later holder of the same id, as after the restore of an old backup. */
  subject: string
  mac: string
}

export interface Erased {
  user_id: number
  /** Of the user. */
  created_at: string
  erased_at: string
}

const subjectLength = 24

/** Keyed, so that the register does not even tell when somebody joined. */
export function subjectTag(
  vault: Vault,
  { user_id, created_at }: Pick<Erased, 'user_id' | 'created_at'>,
): string {
  return vault.fingerprint(`erased subject ${user_id} ${created_at}`).slice(0, subjectLength)
}

function macOf(vault: Vault, { user_id, erased_at, subject }: Omit<RegisterLine, 'mac'>): string {
  return vault.fingerprint(`erasure ${user_id} ${erased_at} ${subject}`)
}

export function registerLine(vault: Vault, erased: Erased): RegisterLine {
  const { user_id, erased_at } = erased
  const line = { user_id, erased_at, subject: subjectTag(vault, erased) }
  return { ...line, mac: macOf(vault, line) }
}

/** Whether the line was made with the secret key of the vault. */
export function isGenuine(vault: Vault, line: RegisterLine): boolean {
  return line.mac === macOf(vault, line)
}

/** @returns the lines, each once; a line that was cut short, as by a full disk, is left out */
export function readRegister(file: string): RegisterLine[] {
  return unique(textLines(file).flatMap(parsed))
}

function unique(lines: readonly RegisterLine[]): RegisterLine[] {
  return [...new Map(lines.map((line) => [line.mac, line])).values()]
}

/** How many lines cannot be read: nobody knows whom they named. */
export function countDamaged(file: string): number {
  return textLines(file).filter((line) => parsed(line).length === 0).length
}

function textLines(file: string): string[] {
  if (!existsSync(file)) return []
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(
      `The register of erasures, ${file}, cannot be read (${code}). Nothing is served or restored without it: make it readable, or replace it with a copy from beside a backup.`,
    )
  }
}

function parsed(text: string): RegisterLine[] {
  try {
    const { user_id, erased_at, subject, mac } = JSON.parse(text) as Record<string, unknown>
    if (!Number.isSafeInteger(user_id)) return []
    if (![erased_at, subject, mac].every((value) => typeof value === 'string')) return []
    return [{ user_id, erased_at, subject, mac } as RegisterLine]
  } catch {
    return []
  }
}

/** Appends the lines that the file does not have. @returns how many */
export function addToRegister(file: string, lines: readonly RegisterLine[]): number {
  const known = new Set(readRegister(file).map(({ mac }) => mac))
  const missing = unique(lines).filter(({ mac }) => !known.has(mac))
  if (missing.length === 0) return 0
  makeFolder(dirname(file))
  const isNew = !existsSync(file)
  // After a line that was cut short, another one has to begin anew.
  const isCutShort = !isNew && !/(?:^|\n)$/.test(readFileSync(file, 'utf8'))
  const handle = openSync(file, 'a', 0o600)
  try {
    writeSync(
      handle,
      `${isCutShort ? '\n' : ''}${missing.map((line) => `${JSON.stringify(line)}\n`).join('')}`,
    )
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  if (isNew) flushFolder(dirname(file))
  return missing.length
}
