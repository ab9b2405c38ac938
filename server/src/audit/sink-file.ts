import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { SinkLine, SinkWriter } from './sink.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_RDWR } = constants
/** Longer than any line. */
const tailBytes = 1024 * 1024

/**
 * Appends NDJSON to a file and returns when it is on disk. The file may be rotated by others: when its name leads to
 * another file, or to none, it is opened again.
 */
export function fileSink(path: string): SinkWriter {
  let file: FileHandle | undefined

  async function current(): Promise<FileHandle> {
    const named = await stat(path).catch(() => undefined)
    const opened = await file?.stat()
    if (file && named?.ino === opened?.ino && named?.dev === opened?.dev) return file
    await file?.close()
    file = undefined
    // Opening a pipe that nobody reads would block a thread for ever.
    const fresh = await open(path, O_APPEND | O_CREAT | O_RDWR | O_NONBLOCK, 0o600)
    try {
      if (!(await fresh.stat()).isFile()) throw new Error(`${path} is not a regular file`)
      await cutTornLine(fresh)
    } catch (error) {
      await fresh.close()
      throw error
    }
    file = fresh
    return fresh
  }

  return {
    async write(lines) {
      const into = await current()
      const { size } = await into.stat()
      try {
        await into.appendFile(lines.map(textOf).join(''))
        await into.datasync()
      } catch (error) {
        // What was written of the batch is written again.
        await into.truncate(size).catch(() => undefined)
        throw error
      }
    },
    async close() {
      await file?.close()
      file = undefined
    },
  }
}

function textOf({ seq, hash, record }: SinkLine): string {
  return `${JSON.stringify({ seq, hash, ...record })}\n`
}

/** A process that was killed may have left half a line, which follows whole. */
async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const length = Math.min(size, tailBytes)
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
  const end = buffer.lastIndexOf(10) + 1
  if (end < length && (end > 0 || length === size)) await file.truncate(size - length + end)
}
