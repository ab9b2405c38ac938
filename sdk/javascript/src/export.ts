import { ConfigurationError, ConnectionError } from './errors.ts'

/** The forms of an export. */
export type ExportFormat = 'ndjson' | 'csv'

const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
}

/**
 * A whole list, streamed in one response. Nothing is sent until it is read. A truncated export ends with
 * ConnectionError, never as if it were complete.
 *
 * ```ts
 * for await (const user of comserv.users.export({ role: 'editor' })) console.log(user.email)
 * await writeFile('users.csv', comserv.users.export().stream('csv'))
 * ```
 */
export class Export<T> implements AsyncIterable<T> {
  readonly #open: (accept: string) => Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>

  constructor(open: (accept: string) => Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>) {
    this.#open = open
  }

  /** The bytes as they come. */
  async *stream(format: ExportFormat): AsyncGenerator<Uint8Array, void, undefined> {
    const mediaType = Object.hasOwn(mediaTypes, format) ? mediaTypes[format] : undefined
    if (mediaType === undefined) throw new ConfigurationError("An export is 'ndjson' or 'csv'.")
    yield* await this.#open(mediaType)
  }

  /** The whole export; for lists that fit into memory. */
  async text(format: ExportFormat): Promise<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let text = ''
    for await (const chunk of this.stream(format)) text += decoded(decoder, chunk)
    return text + decoded(decoder)
  }

  /** One record after the other. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let rest = ''
    for await (const chunk of this.stream('ndjson')) {
      const lines = (rest + decoded(decoder, chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield recordOf<T>(line)
    }
    if (rest !== '')
      throw new ConnectionError('The export ended in the middle of a line, so it is incomplete.')
  }
}

function decoded(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw new ConnectionError('The export is not a text in UTF-8.')
  }
}

function recordOf<T>(line: string): T {
  try {
    return JSON.parse(line)
  } catch {
    throw new ConnectionError('A line of the export does not have the format of the API.')
  }
}
