import { randomBytes } from 'node:crypto'
import { copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../lib/command-error.ts'
import { flushFolder, renameDurably } from '../lib/durable-file.ts'
import { makeFolder } from '../lib/make-folder.ts'
import { keyIdOf } from '../lib/vault.ts'

/**
 * The secret key of an embedded installation: read from the data folder, or made there on the first start, after the
 * database: a folder that has a key and no database has lost one.
 * Written whole under another name and then linked into place, so that two first starts at once agree on one key.
 */
export function keepSecretKey(dataDir: string): string {
  const kept = readSecretKey(dataDir)
  if (kept !== undefined) return kept
  const file = resolve(dataDir, 'secret-key')
  makeFolder(dataDir)
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh)
  }
  // Nothing may be sealed with a key that a power cut could take away.
  flushFolder(dataDir)
  return readKeyFile(file) ?? ''
}

/** The key that a rotation replaces, until it has finished. */
export function readPreviousKey(dataDir: string): string | undefined {
  return readKeyFile(resolve(dataDir, 'secret-key.previous'))
}

export function readKeyFiles(dataDir: string): string[] {
  return [readSecretKey(dataDir), readPreviousKey(dataDir)].filter((key) => key !== undefined)
}

/**
 * Puts a new key into the data folder; the old one stays beside it. Whenever the process ends, both keys are there, or
 * the old one is.
 */
export function replaceKeyFile(dataDir: string): void {
  const file = resolve(dataDir, 'secret-key')
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  copyFileSync(file, fresh)
  renameDurably(fresh, `${file}.previous`)
  writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  renameDurably(fresh, file)
}

/** Puts the replaced key aside under its id, for backups made with it. @returns its file */
export function setPreviousKeyAside(dataDir: string): string | undefined {
  const previous = readPreviousKey(dataDir)
  if (previous === undefined) return undefined
  const file = resolve(dataDir, `secret-key.old-${keyIdOf(previous)}`)
  renameDurably(resolve(dataDir, 'secret-key.previous'), file)
  return file
}

/** The key of the data folder, if there is one. @throws CommandError when the file holds no valid key */
export function readSecretKey(dataDir: string): string | undefined {
  return readKeyFile(resolve(dataDir, 'secret-key'))
}

/** @throws CommandError when the file holds no valid key, such as one that was cut short */
export function readKeyFile(file: string): string | undefined {
  const key = readText(file)?.trim()
  const problem = key === undefined ? undefined : secretProblem(key)
  if (problem === undefined) return key
  throw new CommandError(
    `The secret key in ${file} cannot be used: it ${problem}. Put back the original key, or set COMSERV_SECRET_KEY to it; without it nothing that was sealed can be opened. For a new installation, remove the file.`,
  )
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // Without a folder there is no key, either; creating the folder reports a file in its place.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new CommandError(`The secret key in ${file} cannot be read: ${message}.`, { cause: error })
  }
}

const charactersMin = 32

/** Why a text is not usable as a secret; completes a sentence such as "The key …". */
export function secretProblem(text: string): string | undefined {
  if (text.trim() === '') return 'is empty'
  // A power cut may leave a file of zero bytes at its full length.
  if (/\p{Cc}/u.test(text)) return 'holds control characters'
  if (text.length < charactersMin) return `has fewer than ${charactersMin} characters`
  return undefined
}
