import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

/**
 * Tells whether a write-ahead log belongs to the database file beside it. SQLite does not check: it replays any log
 * that it finds into any database, and serves the mixture.
 *
 * Every commit writes two numbers into the header of the database: a random one of its own, and that of the commit before it.
 * The file holds the numbers of some commit, and the log those of the commits that followed. They belong together if and only
 * if the file is at the commit where the log begins, or at one that it contains. Costs 8 µs of processor time per commit.
 */
interface Stamp {
  own: number
  before: number
}

/** Fields of the header that SQLite leaves to applications (https://sqlite.org/fileformat2.html#the_database_header). */
const ownOffset = 60 // PRAGMA user_version
const beforeOffset = 68 // PRAGMA application_id
const headerBytes = 100

/** Makes a new database differ from all others before it has a log, so that no foreign log matches. */
export function stampFirst(connection: DatabaseSync): void {
  if (ownStamp(connection) !== 0) return
  connection.exec('BEGIN IMMEDIATE')
  if (ownStamp(connection) === 0) stamping(connection)()
  connection.exec('COMMIT')
}

/** @returns a function to call inside each transaction of the connection, before its commit */
export function stamping(connection: DatabaseSync): () => void {
  const stored = connection.prepare('PRAGMA user_version')
  return () => {
    const own = crypto.getRandomValues(new Int32Array(1))[0]
    connection.exec(`PRAGMA application_id = ${stored.get()?.user_version}; PRAGMA user_version = ${own}`)
  }
}

function ownStamp(connection: DatabaseSync): number {
  return Number(connection.prepare('PRAGMA user_version').get()?.user_version)
}

/** Whether the log beside a database, if any, was written after the contents of the database. */
export function logBelongs(file: string): boolean {
  const log = `${file}-wal`
  if (!existsSync(log)) return true
  const header = readBytes(file, headerBytes)
  const { pageBytes, stamps } = committedIn(log)
  const [first] = stamps
  if (!first) return true
  const storedPageBytes = header.readUInt16BE(16)
  if (pageBytes !== (storedPageBytes === 1 ? 65_536 : storedPageBytes)) return false
  const { own } = stampOf(header)
  return own === first.before || stamps.some((stamp) => stamp.own === own)
}

function stampOf(firstPage: Buffer): Stamp {
  return { own: firstPage.readInt32BE(ownOffset), before: firstPage.readInt32BE(beforeOffset) }
}

const logHeaderBytes = 32
const frameHeaderBytes = 24

/** The stamps of the commits that SQLite would recover from a log (https://sqlite.org/fileformat2.html#walformat). */
function committedIn(log: string): { pageBytes: number; stamps: Stamp[] } {
  const stamps: Stamp[] = []
  const descriptor = openSync(log, 'r')
  try {
    const header = Buffer.alloc(logHeaderBytes)
    readSync(descriptor, header)
    const pageBytes = header.readUInt32BE(8)
    const add = checksum(header.readUInt32BE(0) & 1 ? 'big' : 'little')
    let sum = add([0, 0], header.subarray(0, 24))
    const isLog = (header.readUInt32BE(0) & 0xffff_fffe) >>> 0 === 0x377f_0682
    if (!isLog || !endsWith(header, sum)) return { pageBytes, stamps }

    const frame = Buffer.alloc(frameHeaderBytes + pageBytes)
    const page = frame.subarray(frameHeaderBytes)
    let uncommitted: Stamp | undefined
    while (readSync(descriptor, frame) === frame.length) {
      sum = add(add(sum, frame.subarray(0, 8)), page)
      const isOfThisLog = frame.compare(header, 16, 24, 8, 16) === 0
      if (!isOfThisLog || !endsWith(frame.subarray(0, frameHeaderBytes), sum)) break
      if (frame.readUInt32BE(0) === 1) uncommitted = stampOf(page)
      const isCommit = frame.readUInt32BE(4) !== 0
      if (isCommit && uncommitted) stamps.push(uncommitted)
    }
    return { pageBytes, stamps }
  } finally {
    closeSync(descriptor)
  }
}

type Sum = readonly [number, number]

function endsWith(header: Buffer, [first, second]: Sum): boolean {
  return header.readUInt32BE(header.length - 8) === first && header.readUInt32BE(header.length - 4) === second
}

function checksum(order: 'big' | 'little') {
  return ([first, second]: Sum, bytes: Buffer): Sum => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let a = first
    let b = second
    for (let at = 0; at < bytes.length; at += 8) {
      a = (a + view.getUint32(at, order === 'little') + b) >>> 0
      b = (b + view.getUint32(at + 4, order === 'little') + a) >>> 0
    }
    return [a, b]
  }
}

function readBytes(file: string, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, bytes)
    return bytes
  } finally {
    closeSync(descriptor)
  }
}
