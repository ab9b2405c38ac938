import type MailComposer from 'nodemailer/lib/mail-composer'
import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { MailConfig, SmtpServer } from '../config/mail.ts'
import { isLoopbackHost } from '../lib/host-names.ts'
import { secondMs } from '../lib/timestamps.ts'
import type { Rendered } from './templates.ts'

export interface Message extends Rendered {
  to: string
  messageId: string
  date: string
}

/** Undefined: the mail server has taken the mail. A permanent failure is one that no further attempt can change. */
export type SmtpFailure = { error: string; isPermanent: boolean } | undefined

export interface Mailing extends Pick<MailConfig, 'from'> {
  server: SmtpServer
  /** How this machine names itself to the mail server. */
  name: string
  /** For all of a mail; the waits within it are shorter. */
  timeoutMs: number
}

const connectTimeoutMs = 10 * secondMs
const silenceMaxMs = 20 * secondMs
const responseBytesMax = 64 * 1_024
const shownMax = 200

/** Loaded when the first mail is sent: a server without mail never needs it. */
async function load() {
  const [composer, connection] = await Promise.all([
    import('nodemailer/lib/mail-composer'),
    import('nodemailer/lib/smtp-connection'),
  ])
  return { Composer: composer.default, Connection: connection.default }
}

/** Sends one mail over a connection of its own, and returns within the timeout. */
export async function sendMail(
  mailing: Mailing,
  message: Message,
  signal: AbortSignal,
): Promise<SmtpFailure> {
  const { Composer } = await load()
  const raw = await compose(Composer, mailing, message)
  return during(mailing, signal, async (connection, step) => {
    await step((done) => connection.send({ from: mailing.from.address, to: [message.to] }, raw, done))
  })
}

/** Connects and logs in as for a mail, and sends none. */
export function tryMailServer(mailing: Mailing, signal: AbortSignal): Promise<SmtpFailure> {
  return during(mailing, signal, async () => undefined)
}

type Step = (run: (done: (error?: Error | null) => void) => void) => Promise<void>

async function during(
  mailing: Mailing,
  signal: AbortSignal,
  work: (connection: SMTPConnection, step: Step) => Promise<void>,
): Promise<SmtpFailure> {
  const { Connection } = await load()
  const connection = new Connection(optionsOf(mailing))
  const overdue = Promise.withResolvers<never>()
  overdue.promise.catch(() => undefined)
  const end = (code: string) => () => overdue.reject(Object.assign(new Error(code), { code }))
  const timer = setTimeout(end('EOVERDUE'), mailing.timeoutMs)
  const interrupt = end('EINTERRUPTED')
  signal.addEventListener('abort', interrupt)
  try {
    if (signal.aborted) interrupt()
    await Promise.race([exchange(connection, mailing, work), overdue.promise])
    connection.quit()
    return undefined
  } catch (error) {
    connection.close()
    return failureOf(error as SmtpError)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', interrupt)
  }
}

function optionsOf({ server, name, timeoutMs }: Mailing) {
  const connectMs = Math.min(connectTimeoutMs, timeoutMs)
  return {
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    // STARTTLS is used wherever it is offered; a password is never sent in the clear to another machine.
    requireTLS: !server.isSecure && server.auth !== undefined && !isLoopbackHost(server.host),
    name,
    dnsTimeout: connectMs,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: Math.min(silenceMaxMs, timeoutMs),
    socketCloseTimeout: secondMs,
    maxResponseSize: responseBytesMax,
  }
}

function compose(Composer: typeof MailComposer, { from }: Mailing, message: Message): Promise<Buffer> {
  const { to, subject, text, html, messageId, date } = message
  return new Composer({
    from: { name: from.name, address: from.address },
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId,
    date,
    headers: { 'auto-submitted': 'auto-generated' },
    // Else by chance: a mail that is sent again is the same to the byte.
    baseBoundary: messageId.replace(/[^\w-]/g, ''),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build()
}

async function exchange(
  connection: SMTPConnection,
  { server: { auth } }: Mailing,
  work: (connection: SMTPConnection, step: Step) => Promise<void>,
): Promise<void> {
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  // Errors also come as events; without a listener they would end the process.
  connection.on('error', failed.reject)
  connection.on('end', () => failed.reject(Object.assign(new Error('ended'), { code: 'ECONNECTION' })))
  const step: Step = (run) =>
    Promise.race([
      failed.promise,
      new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve()))),
    ])
  await step((done) => connection.connect(done))
  if (auth) await step((done) => connection.login({ user: auth.user, pass: auth.password }, done))
  await work(connection, step)
}

type SmtpError = Error & {
  code?: string
  originalCode?: string
  command?: string
  responseCode?: number
  response?: string
}

const refused: Readonly<Record<string, string>> = {
  'RCPT TO': 'the recipient',
  'MAIL FROM': 'the sender',
  DATA: 'the message',
}

function failureOf({ code, originalCode, command = '', responseCode, response }: SmtpError): SmtpFailure {
  // What the server says to a login may repeat the user name or the password.
  if (code === 'EAUTH')
    return temporary(
      `The mail server refused the login${responseCode === undefined ? '' : ` (${responseCode})`}.`,
    )
  if (responseCode !== undefined) {
    const what = refused[command] ?? 'the connection'
    const isPermanent = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
    return {
      error: `The mail server refused ${what}: ${shown(response ?? String(responseCode))}`,
      isPermanent,
    }
  }
  if (code === 'EINTERRUPTED') return temporary('The server stopped before the mail server had responded.')
  if (code === 'ETIMEDOUT' || code === 'EOVERDUE')
    return temporary('The mail server did not respond in time.')
  if (code === 'ETLS') return temporary('The mail server offers no encryption that can be trusted (TLS).')
  return temporary(`The connection to the mail server failed (${originalCode ?? code ?? 'unknown'}).`)
}

function temporary(error: string) {
  return { error, isPermanent: false }
}

function shown(response: string): string {
  const line = response.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > shownMax ? `${line.slice(0, shownMax)}…` : line
}
