import { fromTimestamp, toTimestamp } from '../../lib/timestamps.ts'

/** A user of another system. No password comes along. */
export interface ForeignUser {
  /** What documents name the user by. */
  id: string
  /** Where the user is in the file, for people. */
  where: string
  email: string
  /** The wish for a username; what it cannot hold is left out. */
  username: string
  firstName?: string | undefined
  lastName?: string | undefined
  bio?: string | undefined
  isAdmin: boolean
  status: 'active' | 'inactive' | 'suspended'
  createdAt?: string | undefined
}

export interface ForeignDocument {
  where: string
  /** By which the same document of a later export is recognised. */
  identity: Readonly<Record<string, unknown>>
  title: string
  content: string
  contentType: 'text/html' | 'text/markdown' | 'text/plain' | 'application/json'
  summary?: string | undefined
  category?: string | undefined
  status: 'draft' | 'published' | 'archived'
  /** The id of a user of the file; undefined where it names none. */
  author?: string | undefined
  createdAt?: string | undefined
  updatedAt?: string | undefined
  publishedAt?: string | undefined
  /** When a draft is to be published. */
  publishAt?: string | undefined
}

/** An export of another system that was read to its end once, and is sound as a whole. */
export interface ForeignExport {
  /** Of the file and of whatever decides what is read of it. */
  digest: string
  users(): AsyncIterable<ForeignUser>
  documents(): AsyncIterable<ForeignDocument>
  /** What is not imported, with the number: known once the documents were read. */
  leftOut: ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Counts what is left out. */
export class LeftOut extends Map<string, number> {
  add(what: string, by = 1): void {
    if (by > 0) this.set(what, (this.get(what) ?? 0) + by)
  }
}

/**
 * An instant as these systems write it: ISO 8601, `2023-03-15 08:30:00` in UTC, or milliseconds.
 * @returns undefined for none, and for what is none, such as `0000-00-00 00:00:00`
 */
export function instantOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return timestampOf(value)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  const plain = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$/.exec(text)
  return timestampOf(plain ? Date.parse(`${plain[1]}T${plain[2]}Z`) : Date.parse(text))
}

function timestampOf(ms: number): string | undefined {
  return Number.isNaN(ms) || ms < 0 ? undefined : toTimestamp(ms)
}

export function isLater(timestamp: string | undefined, nowMs: number): boolean {
  return timestamp !== undefined && fromTimestamp(timestamp) > nowMs
}

/** A text that is not blank. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

const summaryMax = 500

/** Summaries of other systems may be longer. */
export function summaryOf(value: unknown): string | undefined {
  const characters = [...(textOf(value)?.trim() ?? '')]
  if (characters.length === 0) return undefined
  return characters.length <= summaryMax
    ? characters.join('')
    : `${characters.slice(0, summaryMax - 1).join('')}…`
}

/** A title in one line. */
export function titleOf(value: unknown): string {
  return textOf(value)?.replace(/\s+/g, ' ').trim() ?? '(untitled)'
}

const shownMax = 60

/** Where a record is in the file, and what it is called. */
export function placeOf(where: string, name: string): string {
  const characters = [...name]
  const shown = characters.length > shownMax ? `${characters.slice(0, shownMax).join('')}…` : name
  return `${where} '${shown}'`
}
