import { connect, type Socket } from 'node:net'
import type { Answer } from './harness.ts'

/** A connection of its own, for requests that no client library would send. The server is asked to close it, or closes it. */
export class RawConnection {
  readonly #socket: Socket
  readonly #received: Buffer[] = []
  readonly #closed: Promise<void>

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.on('data', (bytes: string | Buffer) => this.#received.push(bytes as Buffer))
    // The answer says why a connection ended; an error on it says less.
    this.#socket.on('error', () => {})
    this.#closed = new Promise((resolve) => this.#socket.on('close', () => resolve()))
  }

  write(text: string | Uint8Array): void {
    this.#socket.write(text)
  }

  /** Waits until the server has closed the connection, and reads the last answer on it. */
  async answer(): Promise<Answer> {
    await this.#closed
    const text = Buffer.concat(this.#received).toString('utf8')
    const [head = '', ...rest] = text.split('\r\n\r\n')
    const [statusLine = '', ...lines] = head.split('\r\n')
    const headers = new Headers(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    )
    const body = rest.join('\r\n\r\n')
    return {
      status: Number(statusLine.split(' ')[1]),
      headers,
      text: body,
      body: headers.get('content-type')?.includes('json') && body !== '' ? JSON.parse(body) : undefined,
    }
  }
}

/** Sends bytes as they are and reads the answer. They must make the server close the connection. */
export function sendRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<Answer> {
  const connection = new RawConnection(url)
  for (const part of parts) connection.write(part)
  return connection.answer()
}
