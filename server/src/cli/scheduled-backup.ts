import { createHash } from 'node:crypto'
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Encryption, encryptionTo } from '../backups/encryption.ts'
import { backupName, type Made, type Order } from '../backups/order.ts'
import { type Draft, openPlace, type Place } from '../backups/place.ts'
import { registerName } from '../config/decide.ts'
import { copyDatabase, rewriteCopy, UnusableCopy } from '../db/backup.ts'
import { addToRegister, readRegister } from '../erasure/register-file.ts'
import { CommandError } from '../lib/command-error.ts'
import { hashFile } from '../lib/durable-file.ts'
import { summary } from './backup-files.ts'
import { erasedLines, needsScrub } from './erasure-register.ts'
import { dumpDatabase, restorableDump } from './postgres-dump.ts'

/** What is to be kept, before it is encrypted. */
interface Source {
  kind: 'db' | 'dump'
  contents: string
  /** About how many come. */
  bytes: number
  read(): AsyncIterable<Uint8Array>
  /** Of what has been read. Undefined: that of the stream that was written. */
  sha256?: string
  /** Reads what came back to its end. @throws CommandError when it could not be restored */
  check?(content: AsyncIterable<Uint8Array>): Promise<void>
}

const workingPrefix = 'backup-working-'

/**
 * Makes a backup, writes it, reads it back, and removes those that are too many. Until it was read back it has no checksum
 * and does not count.
 */
export async function makeScheduledBackup(order: Order, signal: AbortSignal): Promise<Made> {
  const { backups, nowMs, dataDir } = order
  const place = openPlace(backups, signal)
  await place.tidy()
  const isEncrypted = backups.recipients.length > 0
  const home = order.database.kind === 'sqlite' ? dataDir : tmpdir()
  if (order.database.kind === 'sqlite') forgetWorking(home)
  const working = mkdtempSync(join(home, workingPrefix))
  try {
    const source = await sourceOf(order, working, signal)
    const encryption = isEncrypted ? await encryptionTo(backups.recipients) : undefined
    await keepRegister(place, order, working)
    const name = backupName(nowMs, source.kind, isEncrypted)
    const bytes = await writeVerified(place, name, source, encryption)
    const removed = await prune(place, backups.keep)
    return { name, bytes, isEncrypted, contents: source.contents, removed }
  } finally {
    rmSync(working, { recursive: true, force: true })
  }
}

/** What a killed process has left of the embedded database. Nobody else makes a backup now. */
function forgetWorking(home: string): void {
  for (const name of readdirSync(home))
    if (name.startsWith(workingPrefix)) rmSync(join(home, name), { recursive: true, force: true })
}

async function sourceOf({ database }: Order, working: string, signal: AbortSignal): Promise<Source> {
  if (database.kind === 'postgres') {
    const { bytes, read } = await dumpDatabase(database.url, signal)
    const check = (content: AsyncIterable<Uint8Array>) => restorableDump(content, signal)
    return { kind: 'dump', contents: 'a dump of PostgreSQL', bytes, read, check }
  }
  if (!existsSync(database.file)) throw new CommandError(`There is no database at ${database.file}.`)
  const copy = join(working, 'copy.db')
  try {
    const contents = await copyDatabase(database.file, copy)
    if (needsScrub(copy)) rewriteCopy(copy)
    const foreign =
      contents.foreign.length === 0
        ? ''
        : `; what Comserv did not make, so that \`comserv restore\` refuses it until it is removed: ${contents.foreign.join(', ')}`
    return {
      kind: 'db',
      contents: summary(contents) + foreign,
      bytes: statSync(copy).size,
      read: () => createReadStream(copy, { signal }),
      sha256: await hashFile(copy),
    }
  } catch (error) {
    if (!(error instanceof UnusableCopy)) throw error
    throw new CommandError(`No backup was made: the copy ${error.message}.`)
  }
}

async function writeVerified(
  place: Place,
  name: string,
  source: Source,
  encryption: Encryption | undefined,
): Promise<number> {
  const plain = hashing(source.read())
  const draft = await place.write(
    name,
    encryption ? encryption.encrypt(plain.content) : plain.content,
    source.bytes,
  )
  try {
    await requireSame(draft, plain.sha256(), source, encryption)
    await draft.publish()
    return draft.bytes
  } catch (error) {
    await draft.discard().catch(() => undefined)
    throw error
  }
}

/** What the place has is what was written, opens, and is what was to be kept. */
async function requireSame(
  draft: Draft,
  sha256: string,
  source: Source,
  encryption: Encryption | undefined,
): Promise<void> {
  const stored = hashing(draft.read())
  const opened = hashing(encryption ? encryption.decrypt(stored.content) : stored.content)
  if (source.check) await source.check(opened.content)
  for await (const _ of opened.content) {
    // Read to the end.
  }
  const wanted = source.sha256 ?? sha256
  if (stored.sha256() === draft.sha256 && opened.sha256() === wanted && sha256 === wanted) return
  throw new CommandError('What was read back differs from what was written; the backup was removed.')
}

/** Hashes what passes. The digest is there once all has. */
function hashing(content: AsyncIterable<Uint8Array>): {
  content: AsyncIterable<Uint8Array>
  sha256(): string
} {
  const hash = createHash('sha256')
  const iterator = (async function* () {
    for await (const chunk of content) {
      hash.update(chunk)
      yield chunk
    }
  })()
  return { content: iterator, sha256: () => hash.digest('hex') }
}

/** The register of erasures beside the backups, which a restore needs: what it had, what the server has, what the copy has. */
async function keepRegister(place: Place, order: Order, working: string): Promise<void> {
  const file = join(working, registerName)
  const before = await place.readText(registerName)
  writeFileSync(file, before ?? '', { mode: 0o600 })
  const copy = join(working, 'copy.db')
  const ofCopy = existsSync(copy) ? erasedLines(copy, order.secretKey, order.previousKey) : []
  addToRegister(file, [...readRegister(order.register), ...ofCopy])
  const after = await readFile(file, 'utf8')
  if (after !== before) await place.writeText(registerName, after)
}

/** @returns the names of the removed ones */
async function prune(place: Place, keep: number): Promise<string[]> {
  const all = await place.list()
  const verified = all.filter(({ isVerified }) => isVerified).map(({ name }) => name)
  const newest = verified.at(-1) ?? ''
  const kept = new Set(verified.slice(-keep))
  // What has no checksum and is older was left by a process that was killed.
  const removed = all.map(({ name }) => name).filter((name) => !kept.has(name) && name < newest)
  for (const name of removed) await place.remove(name)
  return removed
}
