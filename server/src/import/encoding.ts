import { CommandError } from '../lib/command-error.ts'

/** The encoding of a file, and the length of its byte order mark. */
export interface Encoding {
  label: string
  markBytes: number
}

/** Other files by their first bytes, and what to do with them. */
const otherFiles: readonly [bytes: Buffer, what: string][] = [
  [
    Buffer.from('PK\x03\x04'),
    'a ZIP archive or a spreadsheet (XLSX, ODS): unpack it, or save the sheet as CSV UTF-8',
  ],
  [Buffer.from('PK\x05\x06'), 'an empty ZIP archive'],
  [
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    'a spreadsheet or document of old Microsoft Office (XLS): save the sheet as CSV UTF-8',
  ],
  [Buffer.from('1f8b', 'hex'), 'compressed by gzip: unpack it with gunzip'],
  [Buffer.from('BZh'), 'compressed by bzip2: unpack it with bunzip2'],
  [Buffer.from('fd377a585a00', 'hex'), 'compressed by xz: unpack it with unxz'],
  [Buffer.from('28b52ffd', 'hex'), 'compressed by zstd: unpack it with unzstd'],
  [Buffer.from("7z\xbc\xaf'\x1c", 'latin1'), 'a 7z archive: unpack it'],
  [Buffer.from('Rar!'), 'a RAR archive: unpack it'],
  [Buffer.from('%PDF-'), 'a PDF'],
  [Buffer.from('SQLite format 3\0'), 'an SQLite database: export its table as CSV'],
  [Buffer.from('PAR1'), 'a Parquet file: convert it to CSV or NDJSON'],
]

const marks: readonly [bytes: Buffer, label: string][] = [
  [Buffer.from('efbbbf', 'hex'), 'utf-8'],
  [Buffer.from('fffe0000', 'hex'), 'utf-32'],
  [Buffer.from('0000feff', 'hex'), 'utf-32'],
  [Buffer.from('fffe', 'hex'), 'utf-16le'],
  [Buffer.from('feff', 'hex'), 'utf-16be'],
]

/**
 * A byte order mark decides, then the option, then the position of zero bytes.
 * @param head the first bytes of the file
 * @throws CommandError when it is not text
 */
export function encodingOf(head: Buffer, said: string | undefined): Encoding {
  const startsWith = (bytes: Buffer) => head.subarray(0, bytes.length).equals(bytes)
  const other = otherFiles.find(([bytes]) => startsWith(bytes))
  if (other) throw new CommandError(`The file is ${other[1]}. Nothing was imported.`)
  const mark = marks.find(([bytes]) => startsWith(bytes))
  if (mark?.[1] === 'utf-32')
    throw new CommandError('The file is in UTF-32; save it as UTF-8. Nothing was imported.')
  if (mark) return { label: mark[1], markBytes: mark[0].length }
  return { label: said ?? utf16Without(head) ?? 'utf-8', markBytes: 0 }
}

/** @throws CommandError when the encoding is unknown */
export function requireEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding
  } catch {
    throw new CommandError(
      `--encoding ${label} is not known; give a name such as utf-8, utf-16le, windows-1252 or iso-8859-2.`,
    )
  }
}

/** The text of a file as UTF-8, without its mark. UTF-8 passes unchanged, so that a wrong byte only costs its line. */
export async function* toUtf8(
  chunks: AsyncIterable<Buffer>,
  { label, markBytes }: Encoding,
): AsyncGenerator<Buffer> {
  const decoder = label === 'utf-8' ? undefined : new TextDecoder(label, { fatal: true, ignoreBOM: true })
  let toDrop = markBytes
  for await (const chunk of chunks) {
    const bytes = chunk.subarray(toDrop)
    toDrop -= chunk.length - bytes.length
    yield decoder ? Buffer.from(decoded(decoder, bytes, true)) : bytes
  }
  if (decoder) yield Buffer.from(decoded(decoder, Buffer.alloc(0), false))
}

function decoded(decoder: TextDecoder, bytes: Buffer, stream: boolean): string {
  try {
    return decoder.decode(bytes, { stream })
  } catch {
    throw new CommandError(`The file is not valid ${decoder.encoding.toUpperCase()}. Nothing was imported.`)
  }
}

/** In Latin scripts, the other byte of a letter is zero. */
function utf16Without(head: Buffer): string | undefined {
  const pairs = Math.min(head.length, 2_048) >> 1
  const zeros = [0, 0]
  for (let i = 0; i < pairs * 2; i++) if (head[i] === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (odd > pairs * 0.4 && even === 0) return 'utf-16le'
  if (even > pairs * 0.4 && odd === 0) return 'utf-16be'
  return undefined
}
