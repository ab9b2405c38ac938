import { readFileSync } from 'node:fs'

/** What a server did to a file of its data folder, as record.c wrote it down. */
export type Operation =
  | { kind: 'create'; name: string }
  | { kind: 'sync'; name: string }
  | { kind: 'failed-sync'; name: string }
  | { kind: 'unlink'; name: string }
  | { kind: 'write'; name: string; offset: number; data: Buffer }
  | { kind: 'truncate'; name: string; length: number }
  | { kind: 'rename'; name: string; to: string }
  | { kind: 'link'; name: string; to: string }

/** @param end the length of the trace when the operation had been done */
export type Traced = Operation & { end: number }

const headBytes = 15

export function readTrace(file: string): Traced[] {
  const trace = readFileSync(file)
  const operations: Traced[] = []
  for (let at = 0; at + headBytes <= trace.length; ) {
    const nameAt = at + headBytes
    const dataAt = nameAt + trace.readUInt16LE(at + 1)
    const end = dataAt + trace.readUInt32LE(at + 3)
    const offset = Number(trace.readBigUInt64LE(at + 7))
    const name = trace.toString('utf8', nameAt, dataAt)
    operations.push({
      ...operation(String.fromCharCode(trace[at] ?? 0), name, offset, trace.subarray(dataAt, end)),
      end,
    })
    at = end
  }
  return operations
}

function operation(code: string, name: string, offset: number, data: Buffer): Operation {
  switch (code) {
    case 'C':
      return { kind: 'create', name }
    case 'W':
      return { kind: 'write', name, offset, data }
    case 'T':
      return { kind: 'truncate', name, length: offset }
    case 'S':
      return { kind: 'sync', name }
    case 'F':
      return { kind: 'failed-sync', name }
    case 'U':
      return { kind: 'unlink', name }
    case 'R':
      return { kind: 'rename', name, to: data.toString() }
    case 'L':
      return { kind: 'link', name, to: data.toString() }
    default:
      throw new Error(`The trace holds an unknown operation '${code}'.`)
  }
}
