import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdtemp, open, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CommandError } from '../lib/command-error.ts'
import { encodingOf, toUtf8 } from './encoding.ts'

/** A file that can be read several times. */
export interface Source {
  /** Of all its bytes: the same file is recognised wherever it is. */
  digest: string
  /** Its absolute path, without symbolic links; undefined for what can be read only once, such as a pipe. */
  path: string | undefined
  isEmpty: boolean
  /** Its character encoding. */
  encoding: string
  /** Its text as UTF-8, from the beginning. */
  utf8(): AsyncIterable<Buffer>
  close(): Promise<void>
}

const headBytes = 4_096
const chunkBytes = 64 * 1024

/**
 * Reads the file once, so that nothing is written if it is not text.
 * @param file `-` for standard input, which is kept in a file that only this process can see
 * @throws CommandError when nothing can be read
 */
export async function openSource(
  file: string,
  stdin: NodeJS.ReadableStream,
  said: string | undefined,
): Promise<Source> {
  const path = file !== '-' && (await isFile(file)) ? await realpath(file) : undefined
  return sourceOf(file === '-' ? await spooled(stdin) : await opened(file), path, said)
}

/** @throws CommandError when it is not text; the handle is closed then */
export async function sourceOf(
  handle: FileHandle,
  path: string | undefined,
  said: string | undefined,
): Promise<Source> {
  try {
    const { size } = await handle.stat()
    const head = Buffer.alloc(Math.min(size, headBytes))
    await handle.read(head, 0, head.length, 0)
    const encoding = encodingOf(head, said)
    const hash = createHash('sha256')
    for await (const _ of toUtf8(bytesOf(handle, size, hash), encoding));
    return {
      digest: hash.digest('hex'),
      path,
      isEmpty: size <= encoding.markBytes,
      encoding: encoding.label,
      utf8: () => toUtf8(bytesOf(handle, size), encoding),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Later additions to the file are not read: the second pass must see the same bytes as the first. */
async function* bytesOf(
  handle: FileHandle,
  size: number,
  hash?: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const wanted = Math.min(chunkBytes, size - at)
    // A new buffer each time: the bytes are kept until their row is written.
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, at)
    if (bytesRead === 0) return
    const chunk = buffer.subarray(0, bytesRead)
    hash?.update(chunk)
    yield chunk
    at += bytesRead
  }
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isFile() === true
}

async function opened(file: string): Promise<FileHandle> {
  const found = await stat(file).catch(() => undefined)
  if (!found) throw new CommandError(`There is no file ${file}.`)
  if (found.isDirectory()) throw new CommandError(`${file} is a folder.`)
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${file} cannot be read (${error.code}).`)
  })
  if (found.isFile()) return handle
  // A pipe can be read once.
  return spooled(handle.createReadStream())
}

/** What can be read only once, kept in a file that only this process can see. */
async function spooled(stream: NodeJS.ReadableStream): Promise<FileHandle> {
  return kept((path) => pipeline(stream, createWriteStream(path, { mode: 0o600 }))).catch((error) => {
    throw new CommandError(
      `The input cannot be kept in ${tmpdir()} while it is read (${error.code}); set TMPDIR to a folder with room for it, or give the name of a file.`,
    )
  })
}

/**
 * A file without a name: the open file stays readable, and nothing is left behind however this process ends.
 * @param write creates the file
 */
export async function kept(write: (path: string) => Promise<void>): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'comserv-import-'))
  try {
    const path = join(folder, 'input')
    await write(path)
    return await open(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}
