import { Agent, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Answer } from '../harness.ts'
import type { Planned } from './requests.ts'

/** One connection, which lives on: what a request leaves behind on it, the next one meets. */
export class Wire {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: string) {
    this.#url = url
  }

  /** Sends what `fetch` would refuse to: any header, and a body with any method. */
  send({ url, headers, body, ...planned }: Planned, method = planned.method): Promise<Answer> {
    const { hostname, port } = new URL(this.#url)
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          hostname,
          port,
          path: url,
          method,
          headers: {
            ...headers,
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
        },
        async (response) => {
          const parts: Buffer[] = []
          try {
            for await (const part of response) {
              parts.push(part)
              // It does not end; leaving the loop ends the connection.
              if (response.headers['content-type']?.startsWith('text/event-stream')) break
            }
          } catch (error) {
            reject(error)
          }
          const text = plain(Buffer.concat(parts), response.headers['content-encoding']).toString()
          const answered = new Headers()
          for (let i = 0; i < response.rawHeaders.length; i += 2)
            answered.append(response.rawHeaders[i] ?? '', response.rawHeaders[i + 1] ?? '')
          const isJson = answered.get('content-type')?.includes('application/json') && text !== ''
          resolve({
            status: response.statusCode ?? 0,
            headers: answered,
            text,
            body: isJson ? JSON.parse(text) : undefined,
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function plain(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0 || coding === undefined) return bytes
  return coding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes)
}

const shownBodyMax = 4_000

/** The same request on a command line. */
export function asCurl(url: string, planned: Planned): string {
  const headers = Object.entries(planned.headers).map(([name, value]) =>
    value === '' ? `-H ${quoted(`${name};`)}` : `-H ${quoted(`${name}: ${value}`)}`,
  )
  const { body = '' } = planned
  const data =
    body.length > shownBodyMax ? `${body.slice(0, 200)}… and ${body.length - 200} characters more` : body
  return [
    `curl -i -X ${planned.method}`,
    quoted(url + planned.url),
    ...headers,
    ...(planned.body === undefined ? [] : [`--data-binary ${quoted(data)}`]),
  ].join(' ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
