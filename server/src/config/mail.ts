import { SettingProblem, understood } from './setting-problem.ts'

/** A mail server. `auth` is a secret: no message and no log shows it. */
export interface SmtpServer {
  host: string
  port: number
  /** TLS from the first byte, rather than by STARTTLS. */
  isSecure: boolean
  auth: { user: string; password: string } | undefined
}

export interface MailSender {
  /** Empty: only the address is shown. */
  name: string
  address: string
}

export const mailLanguages = ['en', 'de'] as const
export type MailLanguage = (typeof mailLanguages)[number]

export interface MailConfig {
  /** Undefined: no mail is sent, and links are shown to administrators instead. */
  server: SmtpServer | undefined
  from: MailSender
  language: MailLanguage
  /** Undefined: the templates that come with the server. */
  templatesDir: string | undefined
  retentionDays: number
}

const ports = { smtp: 587, smtps: 465 }

export const smtpServer = understood(
  readSmtpServer,
  "must be the address of a mail server such as smtp://user:password@mail.example.org:587, or smtps://… for TLS from the start; in the user name and the password write '@' as %40, ':' as %3A, '/' as %2F, '#' as %23 and '%' as %25",
)

function readSmtpServer(text: string): SmtpServer | undefined {
  const url = URL.parse(text)
  const scheme = url && /^(smtps?):$/.exec(url.protocol)?.[1]
  if (!url || !scheme || !/^[\w.:[\]-]+$/.test(url.hostname) || url.port === '0') return undefined
  // A '/' or '#' in a password would make its beginning the name of the host, which messages show.
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '') return undefined
  const auth = authOf(url)
  if (auth === null) return undefined
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? ports[scheme as keyof typeof ports] : Number(url.port),
    isSecure: scheme === 'smtps',
    auth,
  }
}

/** Undefined without credentials; null when they are incomplete or not percent-encoded. */
function authOf({ username, password }: URL): SmtpServer['auth'] | null {
  if (username === '' && password === '') return undefined
  if (username === '' || password === '') return null
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    return null
  }
}

const addressLengthMax = 254

/** An address, alone or as `Name <address>`. @throws SettingProblem */
export function mailSender(text: string): MailSender {
  const [, name = '', bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? []
  const address = bracketed ?? text
  const isAddress = /^[^\s@<>()[\],;:\\"]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i.test(address)
  const shown = name.trim().replace(/^"(.*)"$/, '$1')
  if (isAddress && address.length <= addressLengthMax && !/[\p{Cc}"\\]/u.test(shown))
    return { name: shown, address }
  throw new SettingProblem(
    'must be one email address, such as comserv@example.org or Comserv <comserv@example.org>',
  )
}
