import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { linesOf } from '../../import/lines.ts'
import { CommandError } from '../../lib/command-error.ts'
import type { Fields } from './mapping.ts'
import { TarBroken, tarEntries } from './tar.ts'

/** Data-transfer calls them so: a record of a content type. */
export interface Entity {
  where: string
  type: string
  id: string
  data: Fields
}

interface End {
  type: string
  ref: string
  field: string | undefined
}

export interface Link {
  left: End
  right: End
}

/** An archive of `strapi export`, read from the beginning as often as needed. */
export class StrapiArchive {
  readonly #path: string
  readonly digest: string
  readonly #isCompressed: boolean

  private constructor(path: string, digest: string, isCompressed: boolean) {
    this.#path = path
    this.digest = digest
    this.#isCompressed = isCompressed
  }

  /** @throws CommandError when the file is not there, or cannot be such an archive */
  static async of(path: string): Promise<StrapiArchive> {
    if (path === '-') throw new CommandError('Give the name of the archive: it is read several times.')
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(
        error.code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${error.code}).`,
      )
    })
    try {
      return new StrapiArchive(path, await digestOf(path), await isCompressed(file))
    } finally {
      await file.close()
    }
  }

  async *entities(): AsyncGenerator<Entity> {
    for await (const { where, value } of this.#records('entities')) {
      const { type, id, data } = value
      if (typeof type !== 'string' || typeof data !== 'object' || data === null)
        throw broken(`${where} has no type and data`)
      yield { where, type, id: String(id), data: data as Fields }
    }
  }

  async *links(): AsyncGenerator<Link> {
    for await (const { value } of this.#records('links')) {
      const left = endOf(value.left)
      const right = endOf(value.right)
      if (left && right) yield { left, right }
    }
  }

  async *#records(folder: string): AsyncGenerator<{ where: string; value: Fields }> {
    const input = createReadStream(this.#path)
    const plain = this.#isCompressed ? input.pipe(createGunzip()) : input
    input.on('error', (error) => plain.destroy(error))
    try {
      for await (const { name, body } of tarEntries(plain)) {
        if (!name.startsWith(`${folder}/`) || !name.endsWith('.jsonl')) continue
        for await (const line of linesOf(body)) {
          if (line.text.trim() === '' && !line.flaw) continue
          const where = `${name} line ${line.number}`
          if (line.flaw) throw broken(`${where} is ${line.flaw}`)
          yield { where, value: parsed(line.text, where) }
        }
      }
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      if (error instanceof TarBroken || code.startsWith('Z_')) throw broken(message)
      throw error
    } finally {
      input.destroy()
      plain.destroy()
    }
  }
}

function parsed(text: string, where: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Fields
  } catch (error) {
    throw broken(`${where}: ${(error as Error).message}`)
  }
  throw broken(`${where}: it is no object`)
}

function endOf(value: unknown): End | undefined {
  const { type, ref, field } = (value ?? {}) as Fields
  if (typeof type !== 'string' || ref === undefined || ref === null) return undefined
  return { type, ref: String(ref), field: typeof field === 'string' ? field : undefined }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

async function isCompressed(file: FileHandle): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0)
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) return true
  if (buffer.toString('latin1', 257, 262) === 'ustar') return false
  throw new CommandError(
    'The file is no archive of Strapi, or an encrypted one: export with `npx strapi export --no-encrypt`. Nothing was imported.',
  )
}

function broken(problem: string): CommandError {
  return new CommandError(
    `The archive of Strapi cannot be read: ${problem.replace(/\.$/, '')}. Export it again with \`npx strapi export --no-encrypt\`. Nothing was imported.`,
  )
}
