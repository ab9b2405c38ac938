/** One file of an archive. Its body must be read before the next entry; what is not read is skipped. */
export interface TarEntry {
  name: string
  body: AsyncIterable<Buffer>
}

/** The archive is none, is damaged or ends too early. */
export class TarBroken extends Error {}

const blockBytes = 512
/** Of the headers that hold long names. */
const extraBytesMax = 64 * 1024

/** The files of a tar archive (POSIX ustar and pax, GNU), one after the other, without holding any of them. */
export async function* tarEntries(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const input = new Input(chunks)
  let longName: string | undefined
  let paxBytes: number | undefined
  for (;;) {
    const header = await input.take(blockBytes)
    if (header.every((byte) => byte === 0)) return
    if (!isHeader(header)) throw new TarBroken('it is no tar archive, or a damaged one')
    const type = String.fromCharCode(header[156] ?? 0)
    const bytes = paxBytes ?? numberAt(header, 124, 12)
    const padding = (blockBytes - (bytes % blockBytes)) % blockBytes
    if (type === 'x' || type === 'L' || type === 'g') {
      if (bytes > extraBytesMax) throw new TarBroken('a name in it is too long')
      const extra = (await input.take(bytes)).toString()
      await input.take(padding)
      if (type === 'L') longName = extra.replace(/\0.*$/s, '')
      if (type === 'x') {
        longName = /^\d+ path=(.*)$/m.exec(extra)?.[1] ?? longName
        const size = /^\d+ size=(\d+)$/m.exec(extra)?.[1]
        paxBytes = size === undefined ? undefined : Number(size)
      }
      continue
    }
    const body = input.stream(bytes)
    const isFile = type === '0' || type === '\0'
    if (isFile) yield { name: (longName ?? nameIn(header)).replaceAll('\\', '/').replace(/^\.\//, ''), body }
    for await (const _ of body);
    await input.take(padding)
    longName = undefined
    paxBytes = undefined
  }
}

function textAt(header: Buffer, start: number, length: number): string {
  return header.toString('utf8', start, start + length).replace(/\0.*$/s, '')
}

function nameIn(header: Buffer): string {
  const prefix = textAt(header, 257, 5) === 'ustar' ? textAt(header, 345, 155) : ''
  return (prefix === '' ? '' : `${prefix}/`) + textAt(header, 0, 100)
}

/** In octal digits; GNU writes large ones as bytes. */
function numberAt(header: Buffer, start: number, length: number): number {
  if (((header[start] ?? 0) & 0x80) !== 0) return header.readUIntBE(start + length - 6, 6)
  return Number.parseInt(textAt(header, start, length).trim() || '0', 8)
}

function isHeader(header: Buffer): boolean {
  const blank = Buffer.from(header).fill(' ', 148, 156)
  return blank.reduce((sum, byte) => sum + byte, 0) === numberAt(header, 148, 8)
}

/** Chunks of any size, taken in pieces of known size. */
class Input {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async take(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.stream(bytes)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** Can be continued where it was left. */
  stream(bytes: number): AsyncIterable<Buffer> {
    let left = bytes
    const next = async (): Promise<IteratorResult<Buffer>> => {
      if (left === 0) return { done: true, value: undefined }
      if (this.#rest.length === 0) {
        const { done, value } = await this.#chunks.next()
        if (done) throw new TarBroken('it is cut off')
        this.#rest = value
        return next()
      }
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      return { done: false, value: piece }
    }
    return { [Symbol.asyncIterator]: () => ({ next }) }
  }
}
