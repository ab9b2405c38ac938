import type { BackupsConfig } from '../config/backups.ts'
import { folderPlace } from './folder.ts'
import { S3Place } from './s3.ts'

/** A backup as its place lists it. One without a checksum was left by a process that ended before it had verified it. */
export interface Listed {
  name: string
  bytes: number
  isVerified: boolean
}

/** A backup that is written and not yet verified. */
export interface Draft {
  /** SHA-256 of what was sent, as hex. */
  sha256: string
  bytes: number
  /** What the place has, to be compared. */
  read(): AsyncIterable<Uint8Array>
  /** Makes it one that counts, with its checksum beside it. */
  publish(): Promise<void>
  discard(): Promise<void>
}

/** Where backups are. What fails is a CommandError that names the place and no secret. */
export interface Place {
  /** Removes what processes that have ended left half written. */
  tidy(): Promise<void>
  /** @param bytes about how many will come */
  write(name: string, content: AsyncIterable<Uint8Array>, bytes: number): Promise<Draft>
  list(): Promise<Listed[]>
  read(name: string): AsyncIterable<Uint8Array>
  /** @returns undefined where there is no such file */
  readText(name: string): Promise<string | undefined>
  writeText(name: string, text: string): Promise<void>
  /** With its checksum. */
  remove(name: string): Promise<void>
}

/** @param signal aborted: whatever is under way ends */
export function openPlace({ place, access }: BackupsConfig, signal: AbortSignal): Place {
  if (place.kind === 'folder') return folderPlace(place.folder, signal)
  if (!access) throw new Error('A place in S3 has an access key.')
  return new S3Place(place, access, signal)
}

/** One line as `sha256sum --check` reads it. */
export const checksumLine = (sha256: string, name: string) => `${sha256}  ${name}\n`
export const checksumName = (name: string) => `${name}.sha256`
