import { type FileHandle, open, rm } from 'node:fs/promises'
import { CommandError } from '../lib/command-error.ts'
import { csvRecord } from '../lib/csv-writing.ts'
import { reasonColumn } from './rows.ts'

const byteOrderMark = '\ufeff'

/** How refused rows are written, so that the file can be imported once they are right. */
export interface RefusedForm {
  /** Of the whole file; undefined where it needs none. */
  header: Buffer | undefined
  row(raw: Buffer, reason: string): (Buffer | string)[]
}

/**
 * The rows as they stood, with the reason as the first cell: behind them, a quote that was never closed would take it for
 * its own.
 * @param isMarked whether the text was written as something else than UTF-8, so that this file has to say that it is not
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

/** The objects as they stood, in one line each, with the reason as a field; before what is no object, a line for it. */
export const ndjsonForm = (isMarked: boolean): RefusedForm => ({
  header: isMarked ? Buffer.from(byteOrderMark) : undefined,
  row(raw, reason) {
    // In JSON a line break is never part of a text.
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

/** A file of the rows that were refused; it is there only when there are any. Passwords may stand in it. */
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

  /** @throws CommandError when it cannot be written, or is there */
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
