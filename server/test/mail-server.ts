import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { after } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'

export interface ReceivedMail {
  from: string
  to: string
  /** As it was sent, with its lines unstuffed. */
  raw: string
  headers: ReadonlyMap<string, string>
  /** The decoded part of the type. */
  text: string
  html: string
  isEncrypted: boolean
  /** What the sender logged in with; undefined if it did not. */
  login: string | undefined
}

/** What the server does at a stage: a response, nothing at all, or the end of the connection. */
export type Misbehaving = string | 'hang' | 'cut'
type Stage = 'connect' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'message'

export interface MailServer {
  port: number
  /** Mail that the server has taken, in order, whatever the sender learned of it. */
  received: ReceivedMail[]
  /** Connections that are open now. */
  open(): number
  /** From now on, at one stage. Without arguments it behaves. */
  misbehave(stage?: Stage, how?: Misbehaving): void
  /** Waits until so many have arrived. */
  arrived(count: number): Promise<void>
}

interface Options {
  /** Offers STARTTLS with it, or TLS from the start. */
  certificate?: Certificate
  secure?: boolean
  /** `user:password`; without one no login is offered. */
  login?: string
}

/** A mail server (RFC 5321) that can misbehave, until the tests of the file are done. */
export async function startMailServer({
  certificate,
  secure = false,
  login,
}: Options = {}): Promise<MailServer> {
  const received: ReceivedMail[] = []
  const waiting = new Set<() => void>()
  const sockets = new Set<Socket>()
  const bad: { stage?: Stage | undefined; how?: Misbehaving | undefined } = {}
  const tls = certificate && createSecureContext({ cert: certificate.cert, key: certificate.key })
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const options = { tls, login, bad, secure }
    new Session(socket, options, (mail) => {
      received.push(mail)
      for (const look of waiting) look()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as { port: number }).port,
    received,
    open: () => sockets.size,
    misbehave(stage, how) {
      bad.stage = stage
      bad.how = how
    },
    arrived: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

interface SessionOptions {
  tls: ReturnType<typeof createSecureContext> | undefined
  login: string | undefined
  secure: boolean
  bad: { stage?: Stage | undefined; how?: Misbehaving | undefined }
}

/** One connection: commands line by line, then the message up to its dot. */
class Session {
  readonly #options: SessionOptions
  readonly #taken: (mail: ReceivedMail) => void
  #socket: Socket
  #isEncrypted = false
  #text = ''
  #isData = false
  #login: string | undefined
  #from = ''
  #to = ''

  constructor(socket: Socket, options: SessionOptions, taken: (mail: ReceivedMail) => void) {
    this.#options = options
    this.#taken = taken
    this.#socket = socket
    if (options.secure) this.#encrypt()
    else this.#listen(socket)
    this.#answer('connect', '220 mail.example.org ready')
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#read()
    })
    socket.on('error', () => socket.destroy())
  }

  #encrypt(): void {
    const { tls } = this.#options
    if (!tls) throw new Error('TLS needs a certificate.')
    this.#socket.removeAllListeners('data')
    this.#socket = new TLSSocket(this.#socket, { isServer: true, secureContext: tls })
    this.#isEncrypted = true
    this.#text = ''
    this.#listen(this.#socket)
  }

  /** Says that, unless it is to misbehave at this stage. @returns whether it went well */
  #answer(stage: Stage, response: string): boolean {
    const { bad } = this.#options
    if (bad.stage !== stage) {
      this.#socket.write(`${response}\r\n`)
      return true
    }
    if (bad.how === 'cut') this.#socket.destroy()
    else if (bad.how !== 'hang') this.#socket.write(`${bad.how}\r\n`)
    return false
  }

  #read(): void {
    for (;;) {
      const end = this.#isData ? this.#text.indexOf('\r\n.\r\n') : this.#text.indexOf('\r\n')
      if (end === -1) return
      const unit = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + (this.#isData ? 5 : 2))
      if (this.#isData) this.#take(unit)
      else this.#command(unit)
    }
  }

  #take(unit: string): void {
    this.#isData = false
    const { bad } = this.#options
    // A server that goes silent or cuts after the dot has the mail; one that refuses it has not.
    if (bad.stage !== 'message' || bad.how === 'hang' || bad.how === 'cut') {
      const raw = unit.replaceAll('\r\n..', '\r\n.')
      this.#taken({
        from: this.#from,
        to: this.#to,
        raw,
        ...parsed(raw),
        isEncrypted: this.#isEncrypted,
        login: this.#login,
      })
    }
    this.#answer('message', '250 2.0.0 taken')
  }

  #command(line: string): void {
    const [verb = ''] = line.toUpperCase().split(' ', 1)
    if (verb === 'EHLO') this.#answer('ehlo', this.#greeting())
    else if (verb === 'STARTTLS') {
      this.#socket.write('220 go ahead\r\n')
      this.#encrypt()
    } else if (verb === 'AUTH') this.#authenticate(line)
    else if (verb === 'MAIL') {
      this.#from = /<(.*?)>/.exec(line)?.[1] ?? ''
      this.#answer('mail', '250 2.1.0 ok')
    } else if (verb === 'RCPT') {
      this.#to = /<(.*?)>/.exec(line)?.[1] ?? ''
      this.#answer('rcpt', '250 2.1.5 ok')
    } else if (verb === 'DATA') this.#isData = this.#answer('data', '354 go ahead')
    else if (verb === 'QUIT') this.#socket.end('221 bye\r\n')
    else this.#socket.write('250 ok\r\n')
  }

  #greeting(): string {
    const { tls, login } = this.#options
    const offers = [
      ...(tls && !this.#isEncrypted ? ['STARTTLS'] : []),
      ...(login ? ['AUTH PLAIN'] : []),
      '8BITMIME',
    ]
    return ['mail.example.org', ...offers]
      .map((word, i) => `250${i === offers.length ? ' ' : '-'}${word}`)
      .join('\r\n')
  }

  #authenticate(line: string): void {
    const given = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      .toString()
      .split('\0')
      .slice(1)
      .join(':')
    this.#login = given
    // As some servers do, it repeats what it was sent.
    if (given !== this.#options.login) this.#socket.write(`535 5.7.8 refused ${given} ${line}\r\n`)
    else this.#answer('auth', '235 2.7.0 welcome')
  }
}

function parsed(raw: string): Pick<ReceivedMail, 'headers' | 'text' | 'html'> {
  const [head = ''] = raw.split('\r\n\r\n', 1)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = new Map(
    lines.map((line): [string, string] => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), decodedWords(line.slice(at + 1).trim())]
    }),
  )
  const part = (type: string) => {
    const start = new RegExp(`Content-Type: ${type}[^]*?\\r\\n\\r\\n`).exec(raw)
    if (!start) return ''
    const rest = raw.slice(start.index + start[0].length)
    const body = rest.split('\r\n--', 1)[0] ?? ''
    if (/quoted-printable/i.test(start[0])) return fromQuotedPrintable(body)
    return Buffer.from(body, /base64/i.test(start[0]) ? 'base64' : 'latin1').toString()
  }
  return { headers, text: part('text/plain'), html: part('text/html') }
}

function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** RFC 2047. */
function decodedWords(text: string): string {
  return text
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : fromQuotedPrintable(word.replaceAll('_', ' ')),
    )
}
