import { hash } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, constants, createGzip, gzip, gzipSync } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { codedTag, hasSeen } from '../api/conditional.ts'
import { callBack, type Soon } from '../lib/soon.ts'
import type { App } from './pipeline.ts'
import { isShared, placeOf } from './request-path.ts'

/**
 * Validators and compression of responses to GET.
 *
 * Every response to GET without a strong tag of its own gets a weak one, a hash of its text (RFC 9110 §8.8.1), and
 * becomes a 304 if the caller has it already. A compressed response keeps a strong tag with the coding appended,
 * because its bytes differ. Responses that hold a secret get neither: their routes say `confidential`. Responses to
 * other methods are never compressed, so that no secret is by accident (BREACH needs both in one body).
 */
type Coding = 'gzip' | 'br'

/** Below that, the header costs what compression saves. */
const compressedBytesMin = 1024
/**
 * Up to this size in place: 16 KiB take 0.3 ms, and the thread pool, which also hashes passwords, may keep a list
 * waiting for longer.
 */
const inPlaceBytesMax = 16 * 1024
/** Compressed forms of responses that are the same for everybody, such as openapi.json: one per coding. */
const keptMax = 8

const gzipInPool = promisify(gzip)
const brotliInPool = promisify(brotliCompress)

export function compressResponses(app: App): void {
  const kept = new Map<string, Buffer>()

  app.addHook('onSend', (request, reply, payload, done) => callBack(coded(request, reply, payload), done))

  function coded(request: FastifyRequest, reply: FastifyReply, payload: unknown): Soon<unknown> {
    if (!isReadable(request, reply)) return payload
    const text = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : undefined
    if (text !== undefined && !reply.hasHeader('etag') && !isPage(reply))
      reply.header('etag', weakTagOf(text))
    const coding = codingOf(request, reply, payload)
    if (hasItAlready(request, reply)) return notModified(request, reply, coding)
    if (coding === undefined) return payload
    const etag = String(reply.getHeader('etag'))
    markCoded(reply, coding)
    if (payload instanceof Readable) return compressStream(payload)
    if (text === undefined) return payload
    return request.routeOptions.config.fixed ? keptForm(etag + coding, text, coding) : compress(text, coding)
  }

  async function keptForm(key: string, text: string | Buffer, coding: Coding): Promise<Buffer> {
    const form = kept.get(key) ?? (await compress(text, coding))
    if (kept.size >= keptMax) kept.clear()
    kept.set(key, form)
    return form
  }
}

function isReadable(request: FastifyRequest, reply: FastifyReply): boolean {
  const { method, routeOptions } = request
  if (method !== 'GET' && method !== 'HEAD') return false
  const { compressed, confidential } = routeOptions.config
  return reply.statusCode === 200 && !confidential && (compressed || isShared(placeOf(request)))
}

/** Its policy has a nonce, which a 304 would replace while the page in the cache keeps the former one. */
function isPage(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith('text/html')
}

function hasItAlready({ headers }: FastifyRequest, reply: FastifyReply): boolean {
  const [seen, etag] = [headers['if-none-match'], reply.getHeader('etag')]
  return seen !== undefined && typeof etag === 'string' && hasSeen(seen, etag)
}

/** The coding in which the response is sent, if it is sent. */
function codingOf(request: FastifyRequest, reply: FastifyReply, payload: unknown): Coding | undefined {
  if (!isCompressible(reply)) return undefined
  addVary(reply, 'Accept-Encoding')
  const coding = codingFor(request)
  if (payload instanceof Readable) return coding && 'gzip'
  const isWorthIt =
    typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length >= compressedBytesMin : false
  return isWorthIt ? coding : undefined
}

/**
 * With the tag of what would have been sent (RFC 9110 §15.4.5): a cache looks up by it which of its responses is still
 * good. The framework asks the text of an answer to HEAD for its length.
 */
function notModified({ method }: FastifyRequest, reply: FastifyReply, coding: Coding | undefined): '' | null {
  reply.code(304).removeHeader('content-type').removeHeader('content-length')
  const etag = reply.getHeader('etag')
  if (coding && typeof etag === 'string') reply.header('etag', codedTag(etag, coding))
  return method === 'HEAD' ? '' : null
}

function weakTagOf(text: string | Buffer): string {
  return `W/"${hash('sha256', text, 'base64url').slice(0, 22)}"`
}

/** Events are sent one by one: a coder would hold each back until it has enough of them. */
function isCompressible(reply: FastifyReply): boolean {
  return /^(application\/(x-ndjson|(linkset\+)?json)|text\/(?!event-stream))/.test(
    String(reply.getHeader('content-type')),
  )
}

function addVary(reply: FastifyReply, name: string): void {
  const vary = String(reply.getHeader('vary') ?? '')
  reply.header('vary', vary === '' ? name : `${vary}, ${name}`)
}

function markCoded(reply: FastifyReply, coding: Coding): void {
  reply.header('content-encoding', coding).removeHeader('content-length')
  const etag = reply.getHeader('etag')
  if (typeof etag === 'string') reply.header('etag', codedTag(etag, coding))
}

/** What breaks off on one side breaks off on the other: a list that was cut short must not look like a whole one. */
function compressStream(source: Readable): Readable {
  const coded = createGzip({ level: 3 })
  pipeline(source, coded, () => {})
  return coded
}

/** Fixed responses are compressed once, so the smaller form is worth its time; gzip is faster for the others. */
function codingFor({ headers, routeOptions }: FastifyRequest): Coding | undefined {
  const weights = weightsOf(headers['accept-encoding'] ?? '')
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get('*') ?? 0
  const codings: Coding[] = routeOptions.config.fixed ? ['br', 'gzip'] : ['gzip']
  const best = codings.reduce((a, b) => (weightOf(b) > weightOf(a) ? b : a))
  return weightOf(best) > 0 ? best : undefined
}

/** RFC 9110 §12.5.3. */
function weightsOf(accepted: string): Map<string, number> {
  return new Map(
    accepted.split(',').map((part) => {
      const [coding = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      const weight = parameters.find((text) => text.startsWith('q='))
      return [coding, weight === undefined ? 1 : Number(weight.slice(2))]
    }),
  )
}

async function compress(text: string | Buffer, coding: Coding): Promise<Buffer> {
  if (coding === 'br') return brotliInPool(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
  return text.length <= inPlaceBytesMax ? gzipSync(text) : gzipInPool(text)
}
