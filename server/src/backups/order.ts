import type { BackupPlace, BackupsConfig } from '../config/backups.ts'
import type { DatabaseConfig } from '../config/decide.ts'
import { toTimestamp } from '../lib/timestamps.ts'

/** What the process that makes a backup is told. */
export interface Order {
  backups: BackupsConfig
  database: DatabaseConfig
  dataDir: string
  nowMs: number
  secretKey: string | undefined
  previousKey: string | undefined
  /** Where the server keeps the register of erasures. */
  register: string
}

export interface Made {
  name: string
  /** As it is stored. */
  bytes: number
  isEncrypted: boolean
  /** Rows of the copy, or what PostgreSQL says it has dumped, in words. */
  contents: string
  /** Older ones that were removed. */
  removed: string[]
}

/** How a place is shown to people. */
export function placeName(place: BackupPlace): string {
  return place.kind === 'folder' ? place.folder : `s3://${place.bucket}/${place.prefix}`.replace(/\/$/, '')
}

export function backupName(nowMs: number, kind: 'db' | 'dump', isEncrypted: boolean): string {
  return `comserv-${toTimestamp(nowMs).replaceAll(':', '')}.${kind}${isEncrypted ? '.age' : ''}`
}

/** Only what is called so is ever listed or removed. Sorted, the oldest is first. */
const backupNames = /^comserv-\d{4}-\d\d-\d\dT\d{6}Z\.(?:db|dump)(?:\.age)?$/

export const isBackupName = (name: string) => backupNames.test(name)
