import { type FileHandle, open, rm } from 'node:fs/promises'
import { CommandError } from '../lib/command-error.ts'
import { csvRecord } from '../lib/csv-writing.ts'
import { reasonColumn } from './rows.ts'

const byteOrderMark = '\ufeff'

/** The format of refused rows, so that the file can be imported once they are fixed. */
export interface RefusedForm {
  /** Of the whole file; undefined if it needs none. */
  header: Buffer | undefined
  row(raw: Buffer, reason: string): (Buffer | string)[]
}

/**
 * The original rows, with the reason as the first cell: at the end of a row, an unclosed quote would swallow it.
 * @param isMarked whether the original was not UTF-8, so that this file needs a byte order mark
 */
export function csvForm(header: Buffer, separator: string, isMarked: boolean): RefusedForm {
  const cell = (text: string) => csvRecord([text], separator).trimEnd() + separator
  return {
    header: Buffer.concat([
      Buffer.from((isMarked ? byteOrderMark : '') + cell(reasonColumn)),
      withEnd(header),
    ]),
    row: (raw, reason) => [cell(reason), withEnd(raw)],
  }
}

/** The original objects, one per line, with the reason as a field; before a value that is not an object, a line for it. */
export const ndjsonForm = (isMarked: boolean): RefusedForm => ({
  header: isMarked ? Buffer.from(byteOrderMark) : undefined,
  row(raw, reason) {
    // A line break is never part of a JSON string.
    const line = raw
      .toString('latin1')
      .replaceAll(/[\r\n]+/g, ' ')
      .trim()
    const field = JSON.stringify({ [reasonColumn]: reason })
    const isObject = /^\{.*\}$/.test(line)
    if (!isObject) return [`${field}\n`, withEnd(raw)]
    const separator = /^\{\s*\}$/.test(line) ? '' : ','
    return [Buffer.from(`${line.slice(0, -1)}${separator}`, 'latin1'), field.slice(1), '\n']
  },
})

/** A file of the refused rows; it exists only if there are any. It may contain passwords. */
export class RefusedFile {
  readonly #path: string
  readonly #handle: FileHandle
  readonly #form: RefusedForm
  #rows = 0

  private constructor(path: string, handle: FileHandle, form: RefusedForm) {
    this.#path = path
    this.#handle = handle
    this.#form = form
  }

  /** @throws CommandError when it cannot be written, or exists */
  static async create(path: string, form: RefusedForm): Promise<RefusedFile> {
    const handle = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST')
        throw new CommandError(`--refused: ${path} is already there; name another file.`)
      throw new CommandError(`--refused: ${path} cannot be written (${error.code}).`)
    })
    return new RefusedFile(path, handle, form)
  }

  async write(rows: readonly { raw: Buffer; reason: string }[]): Promise<void> {
    if (rows.length === 0) return
    const header = this.#rows === 0 && this.#form.header ? [this.#form.header] : []
    const parts = [...header, ...rows.flatMap(({ raw, reason }) => this.#form.row(raw, reason))]
    await this.#handle.appendFile(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
    this.#rows += rows.length
  }

  async close(): Promise<void> {
    await this.#handle.close()
    if (this.#rows === 0) await rm(this.#path)
  }
}

function withEnd(raw: Buffer): Buffer {
  const last = raw.at(-1)
  return last === 10 || last === 13 ? raw : Buffer.concat([raw, Buffer.from('\n')])
}
