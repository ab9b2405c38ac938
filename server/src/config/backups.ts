import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Cron as CronClass } from 'croner'
import { isBech32 } from '../lib/bech32.ts'
import { setting, wholeNumber } from './setting.ts'
import { SettingProblem } from './setting-problem.ts'

/** Where backups are written to. */
export type BackupPlace = { kind: 'folder'; folder: string } | { kind: 's3'; bucket: string; prefix: string }

/** How a store is reached that speaks as S3 does. */
export interface S3Access {
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

export interface BackupsConfig {
  /** A cron expression of five fields, in UTC; undefined: backups are made when somebody asks for one. */
  cron: string | undefined
  place: BackupPlace
  /** Of a place in S3. */
  access: S3Access | undefined
  keep: number
  /** Whoever has the key of one of them can read a backup. Empty: they are not encrypted. */
  recipients: readonly string[]
}

export const backupSettings = {
  COMSERV_BACKUP_SCHEDULE: setting(
    'When backups are made, in UTC: `daily 03:00`, `hourly`, or a cron expression of five fields; see [backups by schedule](backup.md#by-schedule)',
    'when asked for',
    readSchedule,
  ),
  COMSERV_BACKUP_TO: setting(
    'Where scheduled backups are kept: a folder, such as `/backups`, or `s3://bucket/prefix`; of this server alone',
    'nowhere',
    readPlace,
  ),
  COMSERV_BACKUP_KEEP: setting(
    'How many of these backups are kept; older ones are removed once a newer one is verified',
    '`7`',
    wholeNumber(1, 400),
  ),
  COMSERV_BACKUP_ENCRYPT_TO: setting(
    'Public keys that backups are encrypted to, as `age1…`, separated by commas; `comserv backups keygen` makes one',
    'not encrypted',
    readRecipients,
  ),
  COMSERV_BACKUP_S3_ENDPOINT: setting(
    'Address of a store that is compatible with S3, such as `https://s3.example.org`; buckets are named in the path',
    'that of AWS in the region',
    readEndpoint,
  ),
  COMSERV_BACKUP_S3_REGION: setting('Region of the bucket', '`us-east-1`', readRegion),
  COMSERV_BACKUP_S3_ACCESS_KEY_ID: setting('Id of the access key for `s3://`', 'none', readKeyPart),
  COMSERV_BACKUP_S3_SECRET_ACCESS_KEY: setting('Its secret', 'none', readKeyPart),
} as const

type Given = {
  [K in keyof typeof backupSettings]?: ReturnType<(typeof backupSettings)[K]['parse']> | undefined
}

/** @returns undefined where none are kept; what `backupProblems` reports is in order */
export function decideBackups(env: Given): BackupsConfig | undefined {
  const place = env.COMSERV_BACKUP_TO
  if (!place) return undefined
  const region = env.COMSERV_BACKUP_S3_REGION ?? 'us-east-1'
  return {
    cron: env.COMSERV_BACKUP_SCHEDULE,
    place,
    access:
      place.kind === 's3'
        ? {
            endpoint: env.COMSERV_BACKUP_S3_ENDPOINT ?? `https://s3.${region}.amazonaws.com`,
            region,
            accessKeyId: env.COMSERV_BACKUP_S3_ACCESS_KEY_ID ?? '',
            secretAccessKey: env.COMSERV_BACKUP_S3_SECRET_ACCESS_KEY ?? '',
          }
        : undefined,
    keep: env.COMSERV_BACKUP_KEEP ?? 7,
    recipients: env.COMSERV_BACKUP_ENCRYPT_TO ?? [],
  }
}

/** @param isMalformed whether the setting is reported already */
export function backupProblems(
  env: Given,
  isMalformed: (name: keyof typeof backupSettings) => boolean,
): string[] {
  const lacks = (name: keyof typeof backupSettings) => env[name] === undefined && !isMalformed(name)
  const given = (Object.keys(backupSettings) as (keyof typeof backupSettings)[]).filter(
    (name) => env[name] !== undefined && name !== 'COMSERV_BACKUP_TO',
  )
  if (given.length > 0 && lacks('COMSERV_BACKUP_TO'))
    return [
      `${given[0]} needs COMSERV_BACKUP_TO: where backups are kept, such as /backups or s3://bucket/prefix`,
    ]
  if (env.COMSERV_BACKUP_TO?.kind !== 's3') return []
  return (['COMSERV_BACKUP_S3_ACCESS_KEY_ID', 'COMSERV_BACKUP_S3_SECRET_ACCESS_KEY'] as const)
    .filter(lacks)
    .map((name) => `COMSERV_BACKUP_TO=s3://… needs ${name}: the store refuses requests that are not signed`)
}

/** @param afterMs an instant @returns the next time of the schedule after it */
export function nextBackup(cron: string, afterMs: number): number {
  const next = new (scheduler().Cron)(cron, { paused: true, timezone: 'UTC' }).nextRun(new Date(afterMs))
  return next?.getTime() ?? Number.MAX_SAFE_INTEGER
}

const load = createRequire(import.meta.url)
/** Loaded where there is a schedule. */
const scheduler = () => load('croner') as { Cron: typeof CronClass }

function readSchedule(text: string): string {
  const [, hour, minute] = /^daily ([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  const cron = text === 'hourly' ? '0 * * * *' : hour ? `${Number(minute)} ${Number(hour)} * * *` : text
  try {
    const parsed = new (scheduler().Cron)(cron, { paused: true, mode: '5-part', timezone: 'UTC' })
    if (parsed.nextRun()) return cron
  } catch {
    // Told below.
  }
  throw new SettingProblem(
    'must be daily HH:MM, hourly, or a cron expression of five fields such as 0 3 * * *, all in UTC',
  )
}

function readPlace(text: string): BackupPlace {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+([\w./-]*))?$/.exec(text) ?? []
  const names = prefix.split('/').filter((name) => name !== '')
  if (bucket && !names.some((name) => /^\.+$/.test(name)))
    return { kind: 's3', bucket, prefix: names.map((name) => `${name}/`).join('') }
  if (!/^[a-z][a-z0-9+-]*:\/\//i.test(text)) return { kind: 'folder', folder: resolve(text) }
  throw new SettingProblem('must be a folder, such as /backups, or s3://bucket/prefix')
}

function readRecipients(text: string): string[] {
  const list = text.split(',').map((one) => one.trim())
  if (list.some((one) => /^AGE-SECRET-KEY/i.test(one)))
    throw new SettingProblem(
      'names a secret key: give the public key, which begins with age1, and keep the secret one off this machine',
    )
  const wrong = list.find((one) => !/^age1(pq1)?[a-z0-9]+$/.test(one) || !isBech32(one))
  if (wrong === undefined) return [...new Set(list)]
  throw new SettingProblem(
    `must list public keys of age, separated by commas, each as age1…; number ${list.indexOf(wrong) + 1} is not one, or is mistyped`,
  )
}

function readEndpoint(text: string): string {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash)
    return url.href.replace(/\/+$/, '')
  throw new SettingProblem('must be an http or https address without user name, query or fragment')
}

function readRegion(text: string): string {
  if (/^[a-z0-9-]{1,40}$/.test(text)) return text
  throw new SettingProblem('must be the name of a region, such as eu-central-1')
}

function readKeyPart(text: string): string {
  if (/^[\x21-\x7e]{1,300}$/.test(text)) return text
  throw new SettingProblem('must have no spaces, and only characters of ASCII')
}
