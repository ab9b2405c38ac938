import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * The secret key of an embedded installation: read from the data folder, or made there on the first start.
 * Written whole under another name and then linked into place, so that two first starts at once agree on one key.
 */
export function keepSecretKey(dataDir: string): string {
  const kept = readSecretKey(dataDir)
  if (kept !== undefined) return kept
  const file = resolve(dataDir, 'secret-key')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh)
  }
  return readFileSync(file, 'utf8').trim()
}

/** The key of the data folder, where there is one. */
export function readSecretKey(dataDir: string): string | undefined {
  try {
    return readFileSync(resolve(dataDir, 'secret-key'), 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}
