import { constants, crc32, deflateRawSync, gzipSync } from 'node:zlib'

/** A file of an archive; its path has forward slashes. */
export interface ArchivedFile {
  path: string
  content: Buffer
}

/**
 * The two formats of packages, written here so that a machine needs neither Python nor PHP to pack them. The same files
 * give the same bytes: paths are sorted, times are fixed, and every file has the mode 0644.
 */
const mode = 0o644
/** 1985-10-26, as npm stamps its packages: some tools refuse times before 1980. */
const tarSeconds = 499_162_500
/** 1980-01-01, the earliest that the format can express. */
const zipDate = (1 << 5) | 1

/** POSIX.1-1988 (ustar). */
export function tarGzOf(files: readonly ArchivedFile[]): Buffer {
  const blocks = sorted(files).flatMap(({ path, content }) => [
    tarHeader(path, content.length),
    content,
    Buffer.alloc(-content.length & 511),
  ])
  const packed = gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]), {
    level: constants.Z_BEST_COMPRESSION,
  })
  // The operating system, which zlib fills in: unknown.
  packed[9] = 255
  return packed
}

function tarHeader(path: string, bytes: number): Buffer {
  const { prefix, name } = tarNames(path)
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write(prefix, 345)
  header.write(octal(mode, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(bytes, 12), 124)
  header.write(octal(tarSeconds, 12), 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 7)} `, 148)
  return header
}

/** 100 bytes fit, and up to 155 more for folders before a slash. */
function tarNames(path: string): { prefix: string; name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { prefix, name }
  }
  throw new Error(`${path} is too long for a tar header.`)
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

/** APPNOTE 6.3.9, without ZIP64. */
export function zipOf(files: readonly ArchivedFile[]): Buffer {
  const entries: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { path, content } of sorted(files)) {
    const name = Buffer.from(path)
    const packed = deflateRawSync(content, { level: constants.Z_BEST_COMPRESSION })
    const common = zipFields(name, content, packed)
    const local = Buffer.concat([numbers([0x04034b50, 4]), common, name, packed])
    const madeBy = numbers([0x02014b50, 4], [(3 << 8) | 20, 2])
    const rest = numbers([0, 2], [0, 2], [0, 2], [((0o100000 | mode) << 16) >>> 0, 4], [offset, 4])
    directory.push(Buffer.concat([madeBy, common, rest, name]))
    entries.push(local)
    offset += local.length
  }
  const listed = Buffer.concat(directory)
  const count = files.length
  const end = numbers(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [listed.length, 4],
    [offset, 4],
    [0, 2],
  )
  return Buffer.concat([...entries, listed, end])
}

/** What a file's own header and the directory share, from the version needed to the length of the extra field. */
function zipFields(name: Buffer, content: Buffer, packed: Buffer): Buffer {
  const [utf8, deflated] = [1 << 11, 8]
  return numbers(
    [20, 2],
    [utf8, 2],
    [deflated, 2],
    [0, 2],
    [zipDate, 2],
    [crc32(content), 4],
    [packed.length, 4],
    [content.length, 4],
    [name.length, 2],
    [0, 2],
  )
}

/** Little-endian, each with its width in bytes. */
function numbers(...fields: [value: number, bytes: 2 | 4][]): Buffer {
  const bytes = Buffer.alloc(fields.reduce((total, [, width]) => total + width, 0))
  let at = 0
  for (const [value, width] of fields) at = bytes.writeUIntLE(value, at, width)
  return bytes
}

function sorted(files: readonly ArchivedFile[]): ArchivedFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}
