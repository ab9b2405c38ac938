import { ConfigurationError, ConnectionError } from './errors.ts'

/** The forms of an export. */
export type ExportFormat = 'ndjson' | 'csv'

const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
}

/** An open response: its parts, and the line with which it ends, if the server named one. */
export interface OpenExport {
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  end: string | undefined
}

/**
 * A whole list, streamed in one response. Nothing is sent until it is read. A truncated export ends with
 * ConnectionError, never as if it were complete, also behind a proxy that hides that the connection broke.
 *
 * ```ts
 * for await (const user of comserv.users.export({ role: 'editor' })) console.log(user.email)
 * await writeFile('users.csv', comserv.users.export().stream('csv'))
 * ```
 */
export class Export<T> implements AsyncIterable<T> {
  readonly #open: (accept: string) => Promise<OpenExport>

  constructor(open: (accept: string) => Promise<OpenExport>) {
    this.#open = open
  }

  /** The bytes as they come. */
  async *stream(format: ExportFormat): AsyncGenerator<Uint8Array, void, undefined> {
    yield* this.#parts(format)
  }

  /** @param records how many were read, where they are counted */
  async *#parts(format: ExportFormat, records?: () => number): AsyncGenerator<Uint8Array, void, undefined> {
    const mediaType =
      typeof format === 'string' && Object.hasOwn(mediaTypes, format) ? mediaTypes[format] : undefined
    if (mediaType === undefined) throw new ConfigurationError("format must be 'ndjson' or 'csv'.")
    const { chunks, end } = await this.#open(`${mediaType}; end=marked`)
    if (end === undefined) yield* chunks
    else yield* untilEnd(chunks, new TextEncoder().encode(`${end}\n`), records)
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
    let records = 0
    for await (const chunk of this.#parts('ndjson', () => records)) {
      const lines = (rest + decoded(decoder, chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        records++
        yield recordOf<T>(line)
      }
    }
    if (rest !== '')
      throw new ConnectionError('The export ended in the middle of a line, so it is incomplete.')
  }
}

/** All but the last line, which proves that nothing is missing. */
async function* untilEnd(
  chunks: OpenExport['chunks'],
  end: Uint8Array,
  records: (() => number) | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let held = new Uint8Array(0)
  let bytes = 0
  for await (const chunk of chunks) {
    const all = new Uint8Array(held.length + chunk.length)
    all.set(held)
    all.set(chunk, held.length)
    const sure = Math.max(0, all.length - end.length)
    held = all.subarray(sure)
    bytes += sure
    if (sure > 0) yield all.subarray(0, sure)
  }
  if (held.length === end.length && held.every((byte, i) => byte === end[i])) return
  const read = records === undefined ? counted(bytes + held.length, 'byte') : counted(records(), 'record')
  throw new ConnectionError(
    `The export was cut off after ${read}: the connection was closed before the end. Export it again.`,
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
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
