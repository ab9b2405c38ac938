import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { AppError } from '../api/errors.ts'
import { importBytesMax } from '../api/limits.ts'
import { kept, type Source, sourceOf } from './source.ts'

/** The body of an import, kept in a file without a name: it is gone when this process ends, however that happens. */
export class SentFile {
  #handle: FileHandle | undefined

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** @throws AppError when it is too long, cannot be kept, or the caller disconnects */
  static async receive(body: Readable): Promise<SentFile> {
    // It flows already, and nobody listens until there is a file.
    body.pause()
    try {
      return new SentFile(await kept((path) => writeBounded(body, path)))
    } catch (error) {
      const { syscall, code } = error as NodeJS.ErrnoException
      if (syscall === undefined) throw error
      // The disk of this machine is full, or read-only.
      throw new AppError(
        'service_unavailable',
        `The server cannot keep the file while it reads it (${code}); its operator can set TMPDIR to a folder with room.`,
        { cause: error },
      )
    }
  }

  /** Whoever reads it closes it. @throws CommandError when it is not text */
  source(encoding: string | undefined): Promise<Source> {
    const handle = this.#handle
    if (!handle) throw new Error('The file has been read already.')
    this.#handle = undefined
    return sourceOf(handle, undefined, encoding)
  }

  /** Where nobody has read it. */
  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }
}

/** The body is not destroyed with its connection when it is too long: the caller must hear of it. */
async function writeBounded(body: Readable, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    let bytes = 0
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > importBytesMax) throw tooLong()
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
}

export function tooLong(): AppError {
  return new AppError(
    'payload_too_large',
    `A file may have at most ${importBytesMax / 1024 ** 2} MiB; split it, or import it on the server with \`comserv import\`.`,
  )
}
