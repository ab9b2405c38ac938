import { resolve } from 'node:path'
import type { ForwardedHeader, TrustedProxies } from '../lib/forwarded.ts'
import { isLoopbackHost, readHostName } from '../lib/host-names.ts'
import type { LogLevel } from '../lib/log.ts'
import { hourMs, secondMs } from '../lib/timestamps.ts'
import type { AuditSinkPlace } from './audit-sink.ts'
import { type BackupsConfig, backupProblems, decideBackups } from './backups.ts'
import { type Environment, type processRoles, readEnvironment } from './env.ts'
import type { MailConfig } from './mail.ts'
import { decideProxies, exceptionProblems, type Proxies } from './proxy.ts'
import { readPreviousKey, readSecretKey } from './secret-key.ts'

export type DatabaseConfig = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string }

export interface OwnedMax {
  user: number
  system: number
}

/** Everything decided: no part of the product reads the environment after this. */
export interface Config {
  host: string
  port: number
  publicUrl: string
  /** Names of this server under which pages and sign-in are served. */
  hosts: readonly string[]
  /** No address was configured: pages are also served under loopback names and literal addresses. */
  servesLocally: boolean
  dataDir: string
  database: DatabaseConfig
  /** Undefined: each process counts rate limits on its own. */
  redisUrl: string | undefined
  /** Undefined: there is none yet, and the data folder gets one. */
  secretKey: string | undefined
  /** The one that a rotation replaces. */
  previousSecretKey: string | undefined
  /** By the environment, and not by the data folder. */
  isSecretKeyGiven: boolean
  trustProxy: TrustedProxies
  forwardedHeader: ForwardedHeader
  /** Requests in a window of 60 s. */
  rateLimits: { standard: number; premium: number; anonymous: number; session: number; signIn: number }
  /** How many a user, or the system account, may own at once. */
  ownedMax: { credentials: OwnedMax; webhooks: OwnedMax }
  eventStreamsPerCallerMax: number
  /** After so long the process ends in which an extension does not return; 0: never. */
  extensionBlockedSeconds: number
  passwordLengthMin: number
  /** Empty: no page of another origin may call the API. */
  corsOrigins: readonly string[]
  /** How long deleted records can be restored. */
  trashDays: number
  /** How long an application that a person signed in to gets new tokens: unused, and at all. */
  applications: { refreshIdleDays: number; refreshDays: number }
  metricsToken: string | undefined
  /** How long events are kept. */
  eventRetentionDays: number
  requestLog: {
    /** How long requests are kept; 0: none are logged. */
    days: number
    rowsMax: number
  }
  /** How long rows of the audit log are kept; undefined: for ever. */
  auditRetentionDays: number | undefined
  auditSink: AuditSinkPlace | undefined
  /** Which part of the work this process does. */
  role: (typeof processRoles)[number]
  webhooks: {
    allowedRanges: readonly string[]
    allowHttp: boolean
    /** Receivers on the same machine are allowed, over http too. */
    opensLoopback: boolean
    /** Pauses in seconds. */
    retrySchedule: readonly number[]
    timeoutMs: number
    leaseMs: number
    retentionDays: number
    /** Undefined: all are sent directly. */
    proxies: Proxies | undefined
    /** Authorities that are trusted beside those of Node, as PEM. */
    authorities: readonly string[]
  }
  mail: MailConfig
  keyRequestsByGuests: boolean
  /** Names of roles; `all`: everybody. */
  secondFactorRoles: readonly string[]
  /** For `security.txt`; undefined: there is none. */
  security: { contacts: readonly string[]; policy: string | undefined } | undefined
  erasures: {
    waitMs: number
    /** The file of the register. */
    register: string
  }
  /** Undefined: none are kept. */
  backups: BackupsConfig | undefined
  logLevel: LogLevel
  siteName: string
  /** Where people turn for help, as the target of a link: `mailto:` or `https:`. */
  supportContact: string | undefined
}

/** All problems of the configuration at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
    this.problems = problems
  }
}

/**
 * Reads and decides. The mode is derived, never declared: `DATABASE_URL` means PostgreSQL, its absence the embedded database.
 * @throws ConfigError that names every problem
 */
export function decideConfig(source: NodeJS.ProcessEnv): Config {
  const env = readEnvironment(source)
  const problems = [...env.problems, ...halfConfigured(env), ...exceptionProblems(env)]
  if (problems.length > 0) throw new ConfigError(problems)

  const host = env.HOST ?? '127.0.0.1'
  const port = env.PORT ?? 3000
  const role = env.COMSERV_ROLE ?? 'all'
  const { dataDir, database } = decideDatabase(env)
  const publicUrl = env.COMSERV_PUBLIC_URL ?? httpAddress(host, port)
  return {
    host,
    port,
    publicUrl,
    hosts: [readHostName(new URL(publicUrl).host) ?? '', ...(env.COMSERV_ALLOWED_HOSTS ?? [])],
    servesLocally: env.COMSERV_PUBLIC_URL === undefined,
    dataDir,
    database,
    redisUrl: env.REDIS_URL,
    ...secretKeys(env, dataDir, database),
    trustProxy: env.COMSERV_TRUST_PROXY ?? false,
    forwardedHeader: env.COMSERV_FORWARDED_HEADER ?? 'x-forwarded-for',
    rateLimits: decideRateLimits(env),
    ownedMax: {
      credentials: {
        user: env.COMSERV_CREDENTIALS_PER_OWNER_MAX ?? 100,
        system: env.COMSERV_SYSTEM_CREDENTIALS_MAX ?? 1_000,
      },
      webhooks: {
        user: env.COMSERV_WEBHOOKS_PER_OWNER_MAX ?? 100,
        system: env.COMSERV_SYSTEM_WEBHOOKS_MAX ?? 1_000,
      },
    },
    eventStreamsPerCallerMax: env.COMSERV_EVENT_STREAMS_PER_CALLER_MAX ?? 20,
    extensionBlockedSeconds: env.COMSERV_EXTENSION_BLOCKED_SECONDS ?? 60,
    passwordLengthMin: env.COMSERV_PASSWORD_LENGTH_MIN ?? passwordLengthMin,
    corsOrigins: env.COMSERV_CORS_ORIGINS ?? [],
    trashDays: env.COMSERV_TRASH_DAYS ?? 30,
    applications: {
      refreshIdleDays: env.COMSERV_REFRESH_TOKEN_IDLE_DAYS ?? 30,
      refreshDays: env.COMSERV_REFRESH_TOKEN_DAYS ?? 90,
    },
    metricsToken: env.COMSERV_METRICS_TOKEN,
    eventRetentionDays: env.COMSERV_EVENT_RETENTION_DAYS ?? 30,
    requestLog: {
      days: env.COMSERV_REQUEST_LOG_DAYS ?? 7,
      rowsMax: env.COMSERV_REQUEST_LOG_ROWS_MAX ?? 500_000,
    },
    auditRetentionDays: env.COMSERV_AUDIT_RETENTION_DAYS,
    auditSink: env.COMSERV_AUDIT_SINK,
    role,
    webhooks: decideWebhooks(env, role),
    mail: decideMail(env),
    keyRequestsByGuests: env.COMSERV_KEY_REQUESTS_BY_GUESTS ?? false,
    secondFactorRoles: env.COMSERV_SECOND_FACTOR_ROLES ?? [],
    security: env.COMSERV_SECURITY_CONTACT && {
      contacts: env.COMSERV_SECURITY_CONTACT,
      policy: env.COMSERV_SECURITY_POLICY,
    },
    erasures: {
      waitMs: (env.COMSERV_ERASE_WAIT_HOURS ?? 24) * hourMs,
      register: registerFile(env, dataDir),
    },
    backups: decideBackups(env),
    logLevel: env.COMSERV_LOG_LEVEL ?? 'info',
    siteName: env.COMSERV_SITE_NAME ?? 'Comserv',
    supportContact: env.COMSERV_SUPPORT_CONTACT,
  }
}

function decideRateLimits(env: Environment): Config['rateLimits'] {
  return {
    standard: env.COMSERV_RATE_LIMIT_STANDARD ?? 100,
    premium: env.COMSERV_RATE_LIMIT_PREMIUM ?? 300,
    anonymous: env.COMSERV_RATE_LIMIT_ANONYMOUS ?? 60,
    session: env.COMSERV_RATE_LIMIT_SESSION ?? 600,
    signIn: env.COMSERV_RATE_LIMIT_SIGN_IN ?? 10,
  }
}

function decideWebhooks(env: Environment, role: Config['role']): Config['webhooks'] {
  return {
    allowedRanges: env.COMSERV_WEBHOOK_ALLOWED_CIDRS ?? [],
    allowHttp: env.COMSERV_WEBHOOK_ALLOW_HTTP ?? false,
    opensLoopback: isOnThisMachineOnly(env) && role === 'all' && !saysWhereToSend(env),
    retrySchedule: env.COMSERV_WEBHOOK_RETRY_SCHEDULE ?? defaultRetrySchedule,
    timeoutMs: (env.COMSERV_WEBHOOK_TIMEOUT_SECONDS ?? timeoutSeconds) * secondMs,
    leaseMs: (env.COMSERV_WEBHOOK_LEASE_SECONDS ?? leaseSeconds) * secondMs,
    retentionDays: env.COMSERV_WEBHOOK_RETENTION_DAYS ?? 30,
    proxies: decideProxies(env),
    authorities: env.COMSERV_WEBHOOK_CA_FILE?.certificates ?? [],
  }
}

function decideMail(env: Environment): MailConfig {
  const templatesDir = env.COMSERV_MAIL_TEMPLATES_DIR
  return {
    server: env.COMSERV_SMTP_URL,
    from: env.COMSERV_MAIL_FROM ?? { name: '', address: '' },
    language: env.COMSERV_LANGUAGE ?? 'en',
    templatesDir: templatesDir && resolve(templatesDir),
    retentionDays: env.COMSERV_MAIL_RETENTION_DAYS ?? 30,
  }
}

/**
 * Nobody reaches the server from elsewhere: it listens on the loopback, and nothing says that a proxy stands in front,
 * which would be on the loopback, too. A process with a part of the work does not know what the others were told.
 */
function isOnThisMachineOnly(env: Environment): boolean {
  const isBehindProxy = env.COMSERV_PUBLIC_URL || env.COMSERV_TRUST_PROXY || env.COMSERV_ALLOWED_HOSTS
  return isLoopbackHost(env.HOST ?? '127.0.0.1') && !isBehindProxy
}

function saysWhereToSend(env: Environment): boolean {
  return env.COMSERV_WEBHOOK_ALLOW_HTTP !== undefined || env.COMSERV_WEBHOOK_ALLOWED_CIDRS !== undefined
}

/** Of the environment, or of the data folder: never one of each. */
function secretKeys(env: Environment, dataDir: string, { kind }: DatabaseConfig) {
  const isSecretKeyGiven = env.COMSERV_SECRET_KEY !== undefined
  const isInFolder = kind === 'sqlite' && !isSecretKeyGiven
  return {
    isSecretKeyGiven,
    secretKey: isInFolder ? readSecretKey(dataDir) : env.COMSERV_SECRET_KEY,
    previousSecretKey: isInFolder ? readPreviousKey(dataDir) : env.COMSERV_SECRET_KEY_PREVIOUS,
  }
}

/** The name of the register of erasures, in the data folder and beside backups. */
export const registerName = 'erasures.register'

export function registerFile(env: Environment, dataDir: string): string {
  return resolve(env.COMSERV_ERASURE_REGISTER ?? resolve(dataDir, registerName))
}

/** The part that says where the data is; unlike the whole, it creates nothing. */
export function decideDatabase(env: Environment): { dataDir: string; database: DatabaseConfig } {
  const dataDir = resolve(env.COMSERV_DATA_DIR ?? 'data')
  return {
    dataDir,
    database: env.DATABASE_URL
      ? { kind: 'postgres', url: env.DATABASE_URL }
      : { kind: 'sqlite', file: resolve(dataDir, 'comserv.db') },
  }
}

/** An address that a person can open: a wildcard address is shown as the loopback one. */
export function httpAddress(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${shown}:${port}`
}

const passwordLengthMin = 8
const timeoutSeconds = 15
const leaseSeconds = 60
/** Ten attempts within about three days. */
const defaultRetrySchedule = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const

function halfConfigured(env: Environment): string[] {
  const problems: string[] = []
  if (env.DATABASE_URL && !env.COMSERV_SECRET_KEY && !isMalformed(env, 'COMSERV_SECRET_KEY')) {
    problems.push(
      'COMSERV_SECRET_KEY must be set when DATABASE_URL is, to the same value in every process; `openssl rand -hex 32` makes one',
    )
  }
  if (env.COMSERV_ROLE && env.COMSERV_ROLE !== 'all' && !env.DATABASE_URL) {
    problems.push(
      `COMSERV_ROLE=${env.COMSERV_ROLE} needs DATABASE_URL: on the embedded database one process does all the work`,
    )
  }
  if (env.REDIS_URL && !env.DATABASE_URL) {
    problems.push(
      'REDIS_URL needs DATABASE_URL: on the embedded database one process does all the work, and counts on its own',
    )
  }
  if (env.COMSERV_FORWARDED_HEADER && !env.COMSERV_TRUST_PROXY) {
    problems.push(
      'COMSERV_FORWARDED_HEADER needs COMSERV_TRUST_PROXY: without a trusted proxy no such header is read',
    )
  }
  if (env.COMSERV_SMTP_URL && !env.COMSERV_MAIL_FROM && !isMalformed(env, 'COMSERV_MAIL_FROM')) {
    problems.push(
      'COMSERV_SMTP_URL needs COMSERV_MAIL_FROM: mail servers refuse mail without a sender, such as comserv@example.org',
    )
  }
  if (env.COMSERV_MAIL_FROM && !env.COMSERV_SMTP_URL && !isMalformed(env, 'COMSERV_SMTP_URL')) {
    problems.push('COMSERV_MAIL_FROM needs COMSERV_SMTP_URL: without a mail server no mail is sent')
  }
  if (env.COMSERV_SECURITY_POLICY && !env.COMSERV_SECURITY_CONTACT) {
    problems.push(
      'COMSERV_SECURITY_POLICY needs COMSERV_SECURITY_CONTACT: a security.txt must name a contact (RFC 9116)',
    )
  }
  if (
    (env.COMSERV_WEBHOOK_LEASE_SECONDS ?? leaseSeconds) <=
    (env.COMSERV_WEBHOOK_TIMEOUT_SECONDS ?? timeoutSeconds)
  ) {
    problems.push(
      'COMSERV_WEBHOOK_LEASE_SECONDS must be longer than COMSERV_WEBHOOK_TIMEOUT_SECONDS: a delivery that is still being sent must not be sent again',
    )
  }
  return [...problems, ...backupProblems(env, (name) => isMalformed(env, name))]
}

/** Set, but reported as a problem already. */
function isMalformed({ problems }: Environment, name: string): boolean {
  return problems.some((problem) => problem.startsWith(`${name} `))
}
