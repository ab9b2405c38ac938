import { createHash, createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export const s3Key = {
  id: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI+K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'eu-test-1',
}

/** Responds instead of the store where it returns true. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

export interface S3Server {
  endpoint: string
  objects: Map<string, Buffer>
  /** Unfinished uploads, by their id. */
  uploads: Map<string, { key: string; parts: Map<number, Buffer> }>
  /** `METHOD key?query` of every accepted request. */
  accepted: string[]
  refused: string[]
  fault: Fault | undefined
}

/**
 * As much of S3 as backups need, in memory. It computes the signature (SigV4) of each request anew, from what arrived, and
 * the hash of each body.
 */
export async function startS3(bucket: string): Promise<S3Server> {
  const store: S3Server = {
    endpoint: '',
    objects: new Map(),
    uploads: new Map(),
    accepted: [],
    refused: [],
    fault: undefined,
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const problem = signatureProblem(request, body)
    if (problem) {
      store.refused.push(`${problem}: ${request.method} ${request.url}`)
      error(response, 403, problem)
      return
    }
    const url = new URL(request.url ?? '', 'http://s3')
    const [, named, ...rest] = url.pathname.split('/')
    if (named !== bucket) {
      error(response, 404, 'NoSuchBucket')
      return
    }
    if (store.fault?.(request, response)) return
    const key = decodeURIComponent(rest.join('/'))
    store.accepted.push(`${request.method} ${key}${url.search}`)
    respond(store, { method: request.method ?? '', key, query: url.searchParams, body }, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  store.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return store
}

function respond(
  { objects, uploads }: S3Server,
  { method, key, query, body }: { method: string; key: string; query: URLSearchParams; body: Buffer },
  response: ServerResponse,
): unknown {
  const etag = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`
  const id = query.get('uploadId')
  if (method === 'GET' && query.has('uploads')) {
    const listed = [...uploads].filter(([, upload]) => upload.key.startsWith(query.get('prefix') ?? ''))
    return xml(
      response,
      `<ListMultipartUploadsResult>${listed.map(([each, upload]) => `<Upload><Key>${upload.key}</Key><UploadId>${each}</UploadId></Upload>`).join('')}</ListMultipartUploadsResult>`,
    )
  }
  if (method === 'GET' && query.get('list-type') === '2') return list(objects, query, response)
  if (method === 'GET') {
    const content = objects.get(key)
    if (!content) return error(response, 404, 'NoSuchKey')
    return response.writeHead(200, { 'content-length': content.length }).end(content)
  }
  if (method === 'POST' && query.has('uploads')) {
    const fresh = randomUUID()
    uploads.set(fresh, { key, parts: new Map() })
    return xml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${fresh}</UploadId></InitiateMultipartUploadResult>`,
    )
  }
  const upload = id === null ? undefined : uploads.get(id)
  if (id !== null && !upload) return error(response, 404, 'NoSuchUpload')
  if (method === 'PUT' && upload) {
    upload.parts.set(Number(query.get('partNumber')), body)
    return response.writeHead(200, { etag: etag(body) }).end()
  }
  if (method === 'POST' && upload && id !== null) {
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g)]
    const parts = named.map(([, number]) => upload.parts.get(Number(number)))
    const isRight = named.every(
      ([, , tag = ''], i) => parts[i] && etag(parts[i]) === tag.replaceAll('&quot;', '"'),
    )
    const isLarge = parts.slice(0, -1).every((part) => part && part.length >= 5 * 1024 ** 2)
    if (!isRight || !isLarge) return error(response, 400, 'InvalidPart')
    objects.set(key, Buffer.concat(parts as Buffer[]))
    uploads.delete(id)
    return xml(response, '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
  }
  if (method === 'PUT') {
    objects.set(key, body)
    return response.writeHead(200, { etag: etag(body) }).end()
  }
  if (method === 'DELETE') {
    if (id === null) objects.delete(key)
    else uploads.delete(id)
    return response.writeHead(204).end()
  }
  return error(response, 405, 'MethodNotAllowed')
}

/** Two names a page, so that a client has to go on. */
function list(objects: Map<string, Buffer>, query: URLSearchParams, response: ServerResponse): void {
  const from = query.get('continuation-token') ?? ''
  const keys = [...objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort()
  const page = keys.filter((key) => key > from).slice(0, 2)
  const last = page.at(-1) ?? ''
  const more = keys.some((key) => key > last) ? `<NextContinuationToken>${last}</NextContinuationToken>` : ''
  const contents = page.map(
    (key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`,
  )
  xml(response, `<ListBucketResult>${contents.join('')}${more}</ListBucketResult>`)
}

function signatureProblem({ method, url = '', headers }: IncomingMessage, body: Buffer): string | undefined {
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (!parts) return 'AccessDenied'
  const [, id, day = '', region, signedHeaders = '', signature] = parts
  if (id !== s3Key.id) return 'InvalidAccessKeyId'
  if (region !== s3Key.region) return 'AuthorizationHeaderMalformed'
  const at = String(headers['x-amz-date'])
  const atMs = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!at.startsWith(day) || !(Math.abs(Date.now() - atMs) < 15 * 60_000)) return 'RequestTimeTooSkewed'
  const bodyHash = createHash('sha256').update(body).digest('hex')
  if (headers['x-amz-content-sha256'] !== bodyHash) return 'XAmzContentSHA256Mismatch'
  const names = signedHeaders.split(';')
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => names.includes(name)))
    return 'AccessDenied'
  const [path = '', search = ''] = url.split('?')
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...new URLSearchParams(search)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const canonical = [
    method,
    path
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    bodyHash,
  ].join('\n')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${s3Key.secret}`, day), s3Key.region))
  const digest = createHash('sha256').update(canonical).digest('hex')
  const wanted = hmac(key, `AWS4-HMAC-SHA256\n${at}\n${day}/${region}/s3/aws4_request\n${digest}`)
  return wanted.toString('hex') === signature ? undefined : 'SignatureDoesNotMatch'
}

function xml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
}

function error(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<Error><Code>${code}</Code><Message>The secret of the request is quoted here</Message></Error>`)
}
