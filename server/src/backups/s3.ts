import { createHash } from 'node:crypto'
import type { BackupPlace, S3Access } from '../config/backups.ts'
import { CommandError } from '../lib/command-error.ts'
import { isBackupName, placeName } from './order.ts'
import { checksumLine, checksumName, type Draft, type Place } from './place.ts'
import { s3Requests } from './s3-requests.ts'

/** Of an upload in parts, each of which is held in memory once. Stores want all but the last to be of one size. */
const partBytesMin = 16 * 1024 ** 2
const partsMax = 9_000
const mebibyte = 1024 ** 2
/** Pages of a thousand names. */
const pagesMax = 50
const textBytesMax = 64 * mebibyte

/** A bucket. An object is there whole or not at all; one that was not verified has no checksum beside it. */
export function s3Place(
  place: Extract<BackupPlace, { kind: 's3' }>,
  access: S3Access,
  signal: AbortSignal,
): Place {
  const { request } = s3Requests(placeName(place), `${access.endpoint}/${place.bucket}`, access, signal)
  const keyOf = (name: string) => place.prefix + name

  const put = (name: string, body: Uint8Array) => request('PUT', keyOf(name), { body })

  async function upload(name: string, content: AsyncIterable<Uint8Array>, partBytes: number): Promise<void> {
    const key = keyOf(name)
    let id: string | undefined
    const etags: string[] = []
    try {
      for await (const { part, isLast } of partsOf(content, partBytes)) {
        if (isLast && id === undefined) return void (await put(name, part))
        id ??= textOf(await begun(key), 'UploadId')
        const query = { partNumber: String(etags.length + 1), uploadId: id }
        const { headers } = await request('PUT', key, { query, body: part })
        etags.push(headers.get('etag') ?? '')
      }
      const listed = etags.map(
        (tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
      )
      const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`)
      const { text } = await request('POST', key, { query: { uploadId: id ?? '' }, body })
      // The status is sent before the store knows how it will end.
      if (text.includes('<Error>')) throw new CommandError(`${placeName(place)}: ${textOf(text, 'Code')}.`)
    } catch (error) {
      if (id !== undefined) await abandon(key, id).catch(() => undefined)
      throw error
    }
  }

  const begun = async (key: string) => (await request('POST', key, { query: { uploads: '' } })).text
  const abandon = (key: string, uploadId: string) =>
    request('DELETE', key, { query: { uploadId }, absent: true, always: true })

  async function remove(name: string): Promise<void> {
    await request('DELETE', keyOf(checksumName(name)), { absent: true, always: true })
    await request('DELETE', keyOf(name), { absent: true, always: true })
  }

  return {
    async tidy() {
      const { text } = await request('GET', '', { query: { uploads: '', prefix: keyOf('comserv-') } })
      for (const [, upload = ''] of text.matchAll(/<Upload>(.*?)<\/Upload>/gs))
        if (isBackupName(textOf(upload, 'Key').slice(place.prefix.length)))
          await abandon(textOf(upload, 'Key'), textOf(upload, 'UploadId'))
    },
    async write(name, content, expected) {
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
      await upload(name, counted(), partBytes)
      const sha256 = hash.digest('hex')
      const draft: Draft = {
        sha256,
        bytes,
        read: () => request.stream(keyOf(name)),
        publish: async () => void (await put(checksumName(name), Buffer.from(checksumLine(sha256, name)))),
        discard: () => remove(name),
      }
      return draft
    },
    async list() {
      const found = new Map<string, number>()
      let token: string | undefined
      for (let page = 0; page < pagesMax; page++) {
        const query = {
          'list-type': '2',
          prefix: keyOf('comserv-'),
          ...(token ? { 'continuation-token': token } : {}),
        }
        const { text } = await request('GET', '', { query })
        for (const [, object = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs))
          found.set(textOf(object, 'Key').slice(place.prefix.length), Number(textOf(object, 'Size')))
        token = textOf(text, 'NextContinuationToken')
        if (!token) break
      }
      return [...found]
        .filter(([name]) => isBackupName(name))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, bytes]) => ({ name, bytes, isVerified: found.has(checksumName(name)) }))
    },
    read: (name) => request.stream(keyOf(name)),
    async readText(name) {
      const { status, text } = await request('GET', keyOf(name), { absent: true, bytesMax: textBytesMax })
      return status === 404 ? undefined : text
    },
    writeText: async (name, text) => void (await put(name, Buffer.from(text))),
    remove,
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
