import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../fuzz/random.ts'
import type { Operation } from './trace.ts'

/** A disk writes this much at once; what is larger may be torn. */
const sectorBytes = 512

type Change = { offset: number; data: Buffer } | { length: number }
type Renaming = Extract<Operation, { kind: 'create' | 'unlink' | 'rename' | 'link' }>

/** Bytes that grow. */
class Content {
  #bytes = Buffer.alloc(4_096)
  length = 0

  copy(): Content {
    const copy = new Content()
    copy.#bytes = Buffer.from(this.#bytes)
    copy.length = this.length
    return copy
  }

  apply(change: Change): void {
    if ('data' in change) {
      this.#resize(Math.max(this.length, change.offset + change.data.length))
      change.data.copy(this.#bytes, change.offset)
    } else {
      if (change.length < this.length) this.#bytes.fill(0, change.length, this.length)
      this.#resize(change.length)
    }
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }

  #resize(length: number): void {
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length))
      this.#bytes.copy(larger)
      this.#bytes = larger
    }
    this.length = length
  }
}

interface Inode {
  durable: Content
  /** In their order; none of them was synced. */
  unsynced: Change[]
}

/**
 * What is certain to be on a disk, and what may be: a write, or a part of it, is certain once the file was synced, a name
 * once its folder was. Names change in their order, as every journal of a file system keeps it; sectors in any.
 */
export class Disk {
  readonly #random: Random
  /** As the running server sees them, and as they are certain to be. */
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  #unsyncedNames: { change: Renaming; inode: Inode }[] = []

  constructor(random: Random) {
    this.#random = random
  }

  apply(operation: Operation): void {
    const inode = this.#names.get(operation.name)
    switch (operation.kind) {
      case 'write':
        inode?.unsynced.push(operation)
        break
      case 'truncate':
        inode?.unsynced.push({ length: operation.length })
        break
      case 'sync':
        if (operation.name === '') this.#syncNames()
        else if (inode) settle(inode, inode.unsynced)
        break
      case 'failed-sync':
        // The kernel forgets that these pages have to be written: what did not reach the disk never will.
        if (inode) settle(inode, this.#some(inode.unsynced))
        break
      default:
        this.#rename(operation)
    }
  }

  /** One of the states in which a power cut may leave the disk now. */
  writeState(folder: string): void {
    const names = new Map(this.#durableNames)
    const reached = Math.floor(this.#random.next() * (this.#unsyncedNames.length + 1))
    for (const { change, inode } of this.#unsyncedNames.slice(0, reached)) renameIn(names, change, inode)
    for (const [name, inode] of names) {
      const content = inode.durable.copy()
      for (const change of this.#some(inode.unsynced)) content.apply(change)
      writeFileSync(join(folder, name), content.bytes, { mode: 0o600 })
    }
  }

  #rename(change: Renaming): void {
    const inode = this.#names.get(change.name) ?? { durable: new Content(), unsynced: [] }
    renameIn(this.#names, change, inode)
    this.#unsyncedNames.push({ change, inode })
  }

  #syncNames(): void {
    for (const { change, inode } of this.#unsyncedNames) renameIn(this.#durableNames, change, inode)
    this.#unsyncedNames = []
  }

  /** All, none, the first ones, any of them, or any of their sectors. */
  #some(changes: readonly Change[]): Change[] {
    const kind = this.#random.next()
    if (kind < 0.1) return [...changes]
    if (kind < 0.2) return []
    if (kind < 0.4) return changes.slice(0, Math.floor(this.#random.next() * (changes.length + 1)))
    const likely = this.#random.next()
    const reached = changes.flatMap((change) => (kind < 0.6 ? [change] : sectorsOf(change)))
    return reached.filter(() => this.#random.next() < likely)
  }
}

function settle(inode: Inode, changes: readonly Change[]): void {
  for (const change of changes) inode.durable.apply(change)
  inode.unsynced = []
}

function renameIn(names: Map<string, Inode>, change: Renaming, inode: Inode): void {
  if (change.kind === 'unlink' || change.kind === 'rename') names.delete(change.name)
  if (change.kind === 'create') names.set(change.name, inode)
  if (change.kind === 'rename' || change.kind === 'link') names.set(change.to, inode)
}

function sectorsOf(change: Change): Change[] {
  if ('length' in change) return [change]
  const sectors: Change[] = []
  for (let at = 0; at < change.data.length; ) {
    const offset = change.offset + at
    const bytes = Math.min(sectorBytes - (offset % sectorBytes), change.data.length - at)
    sectors.push({ offset, data: change.data.subarray(at, at + bytes) })
    at += bytes
  }
  return sectors
}
