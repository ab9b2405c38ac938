import { Interrupted } from './stream-connection.ts'

/** One message of an event stream. */
export interface StreamMessage {
  /** `message` unless the stream names another. */
  event: string
  data: string
  /** The last id of the stream by then. */
  id: string
}

/** Far more than an event may have. */
const charactersMax = 4 * 1024 * 1024
const lineEnd = /\r\n|\n|\r(?!$)/

/**
 * Reads server-sent events (HTML Living Standard §9.2.6) from parts that may end anywhere, as the client libraries do: the
 * cases of sdk/vectors/streams.json hold for it, too.
 */
export class StreamReader {
  /** The last id; it counts once its message is complete, even when that has no data. */
  lastId = ''
  readonly #decoder = new TextDecoder()
  #rest = ''
  #id: string | undefined
  #event = ''
  #data: string[] = []
  #size = 0

  /** @throws Interrupted for a message that never ends */
  read(part: Uint8Array): StreamMessage[] {
    const messages: StreamMessage[] = []
    this.#rest += this.#decoder.decode(part, { stream: true })
    // A carriage return at the end may be the first half of a line end.
    for (let match = lineEnd.exec(this.#rest); match; match = lineEnd.exec(this.#rest)) {
      const line = this.#rest.slice(0, match.index)
      this.#rest = this.#rest.slice(match.index + match[0].length)
      const message = this.#readLine(line)
      if (message) messages.push(message)
    }
    if (this.#rest.length + this.#size > charactersMax)
      throw new Interrupted('A message of the event stream is too long.')
    return messages
  }

  #readLine(line: string): StreamMessage | undefined {
    if (line === '') return this.#complete()
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'data') {
      this.#data.push(value)
      this.#size += value.length
    } else if (name === 'event') this.#event = value
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #complete(): StreamMessage | undefined {
    this.lastId = this.#id ?? this.lastId
    const message = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.lastId }
    const hasData = this.#data.length > 0
    this.#event = ''
    this.#data = []
    this.#size = 0
    return hasData ? message : undefined
  }
}
