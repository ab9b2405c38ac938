import { type ForwardedHeader, forwardedHeaders, type TrustedProxies } from '../lib/forwarded.ts'
import { readHostName } from '../lib/host-names.ts'
import { parseRange } from '../lib/ip-addresses.ts'
import { driver } from '../lib/loading.ts'
import { logLevels } from '../lib/log.ts'
import { readAuditSink } from './audit-sink.ts'
import { readAuthorities } from './authorities.ts'
import { backupSettings } from './backups.ts'
import { mailSettings } from './mail-settings.ts'

import { bypassDefault, proxyOf, readExceptions, readOwnProxy } from './proxy.ts'
import { secretProblem } from './secret-key.ts'
import { contacts, httpsAddress } from './security-contact.ts'
import { anyText, oneOf, pauses, setting, wholeNumber } from './setting.ts'
import { SettingProblem, understood } from './setting-problem.ts'
import { readSupportContact } from './support-contact.ts'
import { type UnknownSetting, unknownSettings } from './unknown-settings.ts'

export const processRoles = ['all', 'api', 'worker'] as const

/** Every variable that the product reads. The table of the documentation and the check for misspelt names derive from it. */
export const settings = {
  PORT: setting('TCP port to listen on; 0 picks a free one', '`3000`', wholeNumber(0, 65_535)),
  HOST: setting('Address to listen on', '`127.0.0.1`', anyText),
  COMSERV_DATA_DIR: setting(
    'Folder of the embedded database and of the generated secret key',
    '`./data`',
    anyText,
  ),
  COMSERV_PUBLIC_URL: setting(
    'Address under which other programs reach this server; also the issuer of its access tokens',
    '`http://HOST:PORT`',
    publicUrl,
  ),
  DATABASE_URL: setting('PostgreSQL 15 or later, as `postgres://…`', 'the embedded database', databaseUrl),
  REDIS_URL: setting(
    'Redis 6 or later, or Valkey, as `redis://…` or `rediss://…`: processes on one PostgreSQL count rate limits together',
    'each process counts on its own',
    redisUrl,
  ),
  COMSERV_SECRET_KEY: setting(
    'Encrypts signing keys at rest, at least 32 characters; required with `DATABASE_URL`',
    'made once, in the data folder',
    longSecret,
  ),
  COMSERV_ALLOWED_HOSTS: setting(
    'Host names under which pages and sign-in are also served, beside that of `COMSERV_PUBLIC_URL`, separated by commas, such as `comserv.internal`',
    'none',
    hostNames,
  ),
  COMSERV_SECRET_KEY_PREVIOUS: setting(
    'The previous secret key, while it is being rotated; see [rotating the secret key](signing-keys.md#the-secret-key)',
    'none',
    longSecret,
  ),
  COMSERV_TRUST_PROXY: setting(
    'Proxies that may name the address of a caller: `false`, a number of hops, or addresses and ranges separated by commas',
    '`false`',
    trustProxy,
  ),
  COMSERV_FORWARDED_HEADER: setting(
    'The header in which those proxies name it: `x-forwarded-for` or `forwarded` (RFC 7239); the other one is ignored',
    '`x-forwarded-for`',
    (text): ForwardedHeader => oneOf(forwardedHeaders)(text.toLowerCase()),
  ),
  COMSERV_RATE_LIMIT_STANDARD: setting(
    'Requests a minute for a standard credential',
    '`100`',
    wholeNumber(1, 1e9),
  ),
  COMSERV_RATE_LIMIT_PREMIUM: setting(
    'Requests a minute for a premium credential',
    '`300`',
    wholeNumber(1, 1e9),
  ),
  COMSERV_RATE_LIMIT_ANONYMOUS: setting(
    'Requests a minute from one address without a valid credential; failures at the token endpoint are counted separately, with the same limit',
    '`60`',
    wholeNumber(1, 1e9),
  ),
  COMSERV_RATE_LIMIT_SESSION: setting(
    'Requests a minute for a session of a signed-in person',
    '`600`',
    wholeNumber(1, 1e9),
  ),
  COMSERV_RATE_LIMIT_SIGN_IN: setting(
    'Sign-ins a minute from one address, and for one person from all addresses together; a browser in which the person has signed in before is counted separately',
    '`10`',
    wholeNumber(1, 1e9),
  ),
  COMSERV_CREDENTIALS_PER_OWNER_MAX: setting(
    'Credentials that a user may own, not counting revoked and expired ones',
    '`100`',
    wholeNumber(1, 1e6),
  ),
  COMSERV_SYSTEM_CREDENTIALS_MAX: setting('The same for the system account', '`1000`', wholeNumber(1, 1e6)),
  COMSERV_WEBHOOKS_PER_OWNER_MAX: setting('Webhooks that a user may own', '`100`', wholeNumber(1, 1e6)),
  COMSERV_SYSTEM_WEBHOOKS_MAX: setting('The same for the system account', '`1000`', wholeNumber(1, 1e6)),
  COMSERV_EVENT_STREAMS_PER_CALLER_MAX: setting(
    'Event streams that one credential or person may have open at a process',
    '`20`',
    wholeNumber(1, 1_000),
  ),
  COMSERV_EXTENSION_BLOCKED_SECONDS: setting(
    'After so many seconds in which an extension does not return and nothing else runs, the process ends, to be started again; 0: never',
    '`60`',
    wholeNumber(0, 3_600),
  ),
  COMSERV_PASSWORD_LENGTH_MIN: setting(
    'Minimum length of a new password in characters, from 8 to 64; NIST recommends 15 where the password is all that protects an account',
    '`8`',
    wholeNumber(8, 64),
  ),
  COMSERV_CORS_ORIGINS: setting(
    'Origins whose pages may call the API from a browser, separated by commas, such as `https://app.example.org`',
    'none',
    origins,
  ),
  COMSERV_REFRESH_TOKEN_IDLE_DAYS: setting(
    'Days after which a refresh token that is not used ends',
    '`30`',
    wholeNumber(1, 365),
  ),
  COMSERV_REFRESH_TOKEN_DAYS: setting(
    'Days after which people have to sign in to an application again, however often it refreshes its tokens',
    '`90`',
    wholeNumber(1, 365),
  ),
  COMSERV_TRASH_DAYS: setting(
    'Days for which a deleted record can be restored; then it is purged',
    '`30`',
    wholeNumber(1, 365),
  ),
  COMSERV_METRICS_TOKEN: setting(
    'Token with which Prometheus reads `/metrics`, at least 32 characters; credentials with the scope `admin` may read it as well',
    'none',
    longSecret,
  ),
  COMSERV_EVENT_RETENTION_DAYS: setting(
    'Days for which events are kept, from 1 to 365; older ones are pruned',
    '`30`',
    wholeNumber(1, 365),
  ),
  COMSERV_REQUEST_LOG_DAYS: setting(
    'Days for which requests are kept in the request log, from 1 to 90; `0` logs none',
    '`7`',
    wholeNumber(0, 90),
  ),
  COMSERV_REQUEST_LOG_ROWS_MAX: setting(
    'Requests that the request log holds at most; the oldest are dropped first. A million takes about 450 MB of the database',
    '`500000`',
    wholeNumber(1_000, 1e8),
  ),
  COMSERV_AUDIT_RETENTION_DAYS: setting(
    'Days for which rows of the audit log are kept, from 1 to 36500; older ones are pruned',
    'kept forever',
    wholeNumber(1, 36_500),
  ),
  COMSERV_AUDIT_SINK: setting(
    'Where the audit log is copied to: `file:/path` (NDJSON), or RFC 5424 as `syslog+udp://host:514`, `syslog+tcp://host:601` or `syslog+unix:/path` (a stream socket)',
    'nowhere',
    understood(
      readAuditSink,
      'must be file:/path, syslog+udp://host:port, syslog+tcp://host:port or syslog+unix:/path',
    ),
  ),
  COMSERV_ROLE: setting(
    'What this process does: `all`, `api` (serves requests) or `worker` (sends webhooks and runs scheduled tasks); other than `all` needs `DATABASE_URL`',
    '`all`',
    oneOf(processRoles),
  ),
  COMSERV_WEBHOOK_ALLOWED_CIDRS: setting(
    'Addresses and ranges inside private networks that webhooks may be sent to, separated by commas, such as `10.1.0.0/16`',
    'none; the loopback, over http too, if `HOST` is a loopback address and `COMSERV_PUBLIC_URL`, `COMSERV_TRUST_PROXY`, `COMSERV_ALLOWED_HOSTS` and both of these settings are not set',
    ranges,
  ),
  COMSERV_WEBHOOK_ALLOW_HTTP: setting(
    '`true` allows webhooks to `http` addresses, unencrypted',
    '`false`',
    yesOrNo,
  ),
  COMSERV_WEBHOOK_RETRY_SCHEDULE: setting(
    'Pauses between the attempts of a delivery, in seconds, separated by commas; fractions are allowed',
    '`5,300,1800,7200,18000,36000,50400,72000,86400`',
    pauses,
  ),
  COMSERV_WEBHOOK_TIMEOUT_SECONDS: setting(
    'Seconds in which a receiver has to respond, from 1 to 60; the part of the body that has arrived by then is kept',
    '`15`',
    wholeNumber(1, 60),
  ),
  COMSERV_WEBHOOK_LEASE_SECONDS: setting(
    'Seconds after which another process resumes a delivery whose process has ended; longer than the timeout',
    '`60`',
    wholeNumber(2, 3_600),
  ),
  COMSERV_WEBHOOK_RETENTION_DAYS: setting(
    'Days for which finished deliveries are kept, from 1 to 365',
    '`30`',
    wholeNumber(1, 365),
  ),
  COMSERV_WEBHOOK_PROXY: setting(
    'Proxy that webhooks are sent through, as `http://user:password@host:3128` or `https://…`; `none` sends them directly, whatever `HTTPS_PROXY` says',
    '`HTTPS_PROXY` or `HTTP_PROXY`',
    readOwnProxy,
  ),
  COMSERV_WEBHOOK_CA_FILE: setting(
    'PEM file with certificates of authorities that webhook receivers are trusted by, in addition to those that Node trusts; read at startup',
    'none',
    (path) => ({ path, certificates: readAuthorities(path) }),
  ),
  HTTPS_PROXY: setting(
    'Proxy for webhooks to `https` URLs, unless `COMSERV_WEBHOOK_PROXY` is set',
    'none',
    proxyOf,
  ),
  HTTP_PROXY: setting('The same for `http` URLs', 'none', proxyOf),
  NO_PROXY: setting(
    'Hosts reached without a proxy, separated by commas: names with their subdomains, addresses, ranges, each with a port if needed; `*` for all, not beside `COMSERV_WEBHOOK_PROXY`',
    `\`${bypassDefault}\`; empty for no host`,
    readExceptions,
  ),
  COMSERV_ERASE_WAIT_HOURS: setting(
    'Hours between the request to erase a person and the erasure, in which it can be cancelled, from 0 to 720',
    '`24`',
    wholeNumber(0, 720),
  ),
  COMSERV_ERASURE_REGISTER: setting(
    'File that lists the ids of erased people; keep it where the backups are, because every restore needs it',
    '`erasures.register` in the data folder',
    anyText,
  ),
  ...backupSettings,
  COMSERV_EXTENSIONS_DIR: setting(
    'Folder of the extensions, which are loaded at startup; their own settings begin with `COMSERV_X_`',
    '`./extensions`, if there is one',
    anyText,
  ),
  COMSERV_LOG_LEVEL: setting(`One of \`${logLevels.join(' ')}\``, '`info`', oneOf(logLevels)),
  COMSERV_KEY_REQUESTS_BY_GUESTS: setting(
    '`true` allows people without an account to request an API key by a form; an administrator decides',
    '`false`',
    yesOrNo,
  ),
  COMSERV_SECOND_FACTOR_ROLES: setting(
    'Roles whose people need a second factor to sign in, separated by commas, such as `admin,developer`; `all` for everybody. See [signing in](signing-in.md#required-for-a-role)',
    'none',
    roleNames,
  ),
  COMSERV_SECURITY_CONTACT: setting(
    'Where to report vulnerabilities, for `/.well-known/security.txt`: `mailto:`, `https:` or `tel:` addresses, separated by commas',
    'none; the file does not exist',
    contacts,
  ),
  COMSERV_SECURITY_POLICY: setting(
    'Address of a page that says how reports are handled, for `security.txt`',
    'none',
    httpsAddress,
  ),
  COMSERV_SUPPORT_CONTACT: setting(
    'Whom people contact about passwords, accounts and failures: an email address or the `https` address of a page; shown at the sign-in and in the documentation',
    'none; pages say “an administrator”',
    readSupportContact,
  ),
  ...mailSettings,
  COMSERV_SITE_NAME: setting('Name shown to people', '`Comserv`', anyText),
} as const

export type SettingName = keyof typeof settings
type Parsed = { [K in SettingName]: ReturnType<(typeof settings)[K]['parse']> | undefined }

/** The parsed environment, nothing decided yet. An empty variable counts as not set. */
export type Environment = Parsed & { problems: string[]; unknown: UnknownSetting[] }

/** Secrets that `comserv listen` reads, perhaps from the `.env` of a server. */
const ofListen: readonly string[] = ['COMSERV_API_KEY', 'COMSERV_WEBHOOK_SECRET']

export function readEnvironment(source: NodeJS.ProcessEnv): Environment {
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, { parse }] of Object.entries(settings)) {
    // Most programs look for the names of proxies in lower case first.
    const given = name.endsWith('_PROXY') ? (source[name.toLowerCase()] ?? source[name]) : source[name]
    const text = given?.trim()
    // A secret of spaces is a mistake to report, unlike a variable that was left empty. An empty NO_PROXY names no host.
    if (!text && !(parse === longSecret && given) && !(parse === readExceptions && text === '')) continue
    try {
      values[name] = parse(text ?? '')
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error
      problems.push(`${name} ${error.message}`)
    }
  }
  const unknown = unknownSettings(source, Object.keys(settings)).filter(
    ({ name }) => !ofListen.includes(name),
  )
  return { ...(values as Parsed), problems, unknown }
}

function publicUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new SettingProblem('must be an http or https address without user name, query or fragment')
  }
  return text.replace(/\/+$/, '')
}

function databaseUrl(text: string): string {
  const rest = /^postgres(?:ql)?:\/\/[^/?#]*(.*)$/s.exec(text)?.[1]
  if (rest === undefined)
    throw new SettingProblem('must be an address such as postgres://user:password@host:5432/comserv')
  // Taken literally, a part of the password would become the name of a host or a database, and appear in messages.
  if (rest.includes('@'))
    throw new SettingProblem(
      "has an '@' behind the host: in the user name and the password write '/' as %2F, '?' as %3F and '#' as %23, elsewhere '@' as %40",
    )
  try {
    ;new (driver().Client)({ connectionString: text })
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    throw new SettingProblem(
      path === undefined
        ? "must be an address such as postgres://user:password@host:5432/comserv; in the user name and the password write '%' as %25, ':' as %3A and '@' as %40"
        : `names the file ${path}, which cannot be read (${code})`,
    )
  }
  return text
}

function redisUrl(text: string): string {
  if (!/^rediss?:$/.test(URL.parse(text)?.protocol ?? '')) {
    throw new SettingProblem('must be an address such as redis://user:password@host:6379/0')
  }
  return text
}

function longSecret(text: string): string {
  if (secretProblem(text) === undefined) return text
  throw new SettingProblem(
    'must have at least 32 characters, none of them a control character; `openssl rand -hex 32` makes one',
  )
}

function yesOrNo(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new SettingProblem('must be true or false')
}

function ranges(text: string): string[] {
  const list = text.split(',').map((range) => range.trim())
  const wrong = list.find((range) => parseRange(range) === undefined)
  if (wrong === undefined) return list
  throw new SettingProblem(
    `must list addresses and ranges separated by commas, such as 10.1.0.0/16; '${wrong}' is neither`,
  )
}

function trustProxy(text: string): TrustedProxies {
  if (text === 'true' || text === 'false') return text === 'true'
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const ranges = text.split(',').map((range) => range.trim())
  if (ranges.every((range) => parseRange(range) !== undefined)) return ranges
  throw new SettingProblem(
    'must be true, false, a number of hops, or addresses and ranges separated by commas',
  )
}

/** A port may stand behind a name, and does not count. */
function hostNames(text: string): string[] {
  const list = text.split(',').map((name) => name.trim())
  const wrong = list.find((name) => /[/*@?#\\\s]/.test(name) || readHostName(name) === undefined)
  if (wrong === undefined) return list.flatMap((name) => readHostName(name) ?? [])
  throw new SettingProblem(
    `must list host names separated by commas, without scheme and wildcards, such as comserv.internal; '${wrong}' is not one`,
  )
}

function roleNames(text: string): string[] {
  const list = text.split(',').map((name) => name.trim())
  const wrong = list.find((name) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
  if (wrong === undefined) return [...new Set(list)]
  throw new SettingProblem(
    `must list names of roles separated by commas, such as admin,developer, or be all; '${wrong}' is not one`,
  )
}

/** Exact origins only: a pattern that allows one subdomain too many looks like one that does not. */
function origins(text: string): string[] {
  const list = text.split(',').map((origin) => origin.trim())
  const wrong = list.find((origin) => !/^https?:[^*]+$/.test(origin) || URL.parse(origin)?.origin !== origin)
  if (wrong === undefined) return [...new Set(list)]
  throw new SettingProblem(
    `must list exact origins separated by commas, such as https://app.example.org; '${wrong}' is not one`,
  )
}
