import { createHash } from 'node:crypto'
import type { BackupPlace, S3Access } from '../config/backups.ts'
import { CommandError } from '../lib/command-error.ts'
import { isBackupName, placeName } from './order.ts'
import { checksumLine, checksumName, type Draft, type Listed, type Place } from './place.ts'
import { S3Bucket } from './s3-bucket.ts'

/** Of an upload in parts, each of which is held in memory once. Stores want all but the last to be of one size. */
const partBytesMin = 16 * 1024 ** 2
const partsMax = 9_000
const mebibyte = 1024 ** 2
/** Pages of a thousand names. */
const pagesMax = 50
const textBytesMax = 64 * mebibyte

/** A bucket. An object is there whole or not at all; one that was not verified has no checksum beside it. */
export class S3Place implements Place {
  readonly #name: string
  readonly #prefix: string
  readonly #bucket: S3Bucket

  constructor(place: Extract<BackupPlace, { kind: 's3' }>, access: S3Access, signal: AbortSignal) {
    this.#name = placeName(place)
    this.#prefix = place.prefix
    this.#bucket = new S3Bucket(this.#name, place.bucket, access, signal)
  }

  async tidy(): Promise<void> {
    const query = { uploads: '', prefix: this.#keyOf('comserv-') }
    const { text } = await this.#bucket.request('GET', '', { query })
    for (const [, upload = ''] of text.matchAll(/<Upload>(.*?)<\/Upload>/gs))
      if (isBackupName(this.#nameOf(upload)))
        await this.#abandon(textOf(upload, 'Key'), textOf(upload, 'UploadId'))
  }

  async write(name: string, content: AsyncIterable<Uint8Array>, expected: number): Promise<Draft> {
    const hash = createHash('sha256')
    let bytes = 0
    const counted = async function* () {
      for await (const chunk of content) {
        hash.update(chunk)
        bytes += chunk.length
        yield chunk
      }
    }
    const partBytes = Math.max(partBytesMin, Math.ceil((expected * 1.2) / partsMax / mebibyte) * mebibyte)
    await this.#upload(name, counted(), partBytes)
    const sha256 = hash.digest('hex')
    return {
      sha256,
      bytes,
      read: () => this.read(name),
      publish: () => this.writeText(checksumName(name), checksumLine(sha256, name)),
      discard: () => this.remove(name),
    }
  }

  async list(): Promise<Listed[]> {
    const found = new Map<string, number>()
    let token = ''
    for (let page = 0; page < pagesMax && (page === 0 || token); page++) {
      const query = { 'list-type': '2', prefix: this.#keyOf('comserv-') }
      const from = token ? { 'continuation-token': token } : {}
      const { text } = await this.#bucket.request('GET', '', { query: { ...query, ...from } })
      for (const [, object = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs))
        found.set(this.#nameOf(object), Number(textOf(object, 'Size')))
      token = textOf(text, 'NextContinuationToken')
    }
    return [...found]
      .filter(([name]) => isBackupName(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, bytes]) => ({ name, bytes, isVerified: found.has(checksumName(name)) }))
  }

  read(name: string): AsyncIterable<Uint8Array> {
    return this.#bucket.stream(this.#keyOf(name))
  }

  async readText(name: string): Promise<string | undefined> {
    const options = { absent: true, bytesMax: textBytesMax }
    const { status, text } = await this.#bucket.request('GET', this.#keyOf(name), options)
    return status === 404 ? undefined : text
  }

  writeText(name: string, text: string): Promise<void> {
    return this.#put(name, Buffer.from(text))
  }

  async remove(name: string): Promise<void> {
    for (const one of [checksumName(name), name])
      await this.#bucket.request('DELETE', this.#keyOf(one), { absent: true, always: true })
  }

  async #put(name: string, body: Uint8Array): Promise<void> {
    await this.#bucket.request('PUT', this.#keyOf(name), { body })
  }

  async #upload(name: string, content: AsyncIterable<Uint8Array>, partBytes: number): Promise<void> {
    const key = this.#keyOf(name)
    let uploadId: string | undefined
    const etags: string[] = []
    try {
      for await (const { part, isLast } of partsOf(content, partBytes)) {
        if (isLast && uploadId === undefined) return await this.#put(name, part)
        uploadId ??= textOf(
          (await this.#bucket.request('POST', key, { query: { uploads: '' } })).text,
          'UploadId',
        )
        const query = { partNumber: String(etags.length + 1), uploadId }
        const { headers } = await this.#bucket.request('PUT', key, { query, body: part })
        etags.push(headers.get('etag') ?? '')
      }
      await this.#complete(key, uploadId ?? '', etags)
    } catch (error) {
      if (uploadId !== undefined) await this.#abandon(key, uploadId).catch(() => undefined)
      throw error
    }
  }

  async #complete(key: string, uploadId: string, etags: readonly string[]): Promise<void> {
    const parts = etags.map(
      (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
    )
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`)
    const { text } = await this.#bucket.request('POST', key, { query: { uploadId }, body })
    // The status is sent before the store knows how it will end.
    if (text.includes('<Error>')) throw new CommandError(`${this.#name}: ${textOf(text, 'Code')}.`)
  }

  async #abandon(key: string, uploadId: string): Promise<void> {
    await this.#bucket.request('DELETE', key, { query: { uploadId }, absent: true, always: true })
  }

  #keyOf(name: string): string {
    return this.#prefix + name
  }

  #nameOf(xml: string): string {
    return textOf(xml, 'Key').slice(this.#prefix.length)
  }
}

/** All of one size but the last. There is always a last one, which may be empty. */
async function* partsOf(content: AsyncIterable<Uint8Array>, partBytes: number) {
  let held: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    for (let rest = chunk; rest.length > 0; ) {
      if (length === partBytes) {
        yield { part: Buffer.concat(held), isLast: false }
        held = []
        length = 0
      }
      const taken = rest.subarray(0, partBytes - length)
      held.push(taken)
      length += taken.length
      rest = rest.subarray(taken.length)
    }
  }
  yield { part: Buffer.concat(held), isLast: true }
}

/** The text of the first element of that name; empty where there is none. */
function textOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
  return text.replace(/&(lt|gt|quot|apos|amp|#39|#34);/g, (all, entity) => entities[entity] ?? all)
}

const entities: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  quot: '"',
  '#34': '"',
  apos: "'",
  '#39': "'",
  amp: '&',
}

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
