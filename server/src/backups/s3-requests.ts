import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsClient } from 'aws4fetch'
import type { S3Access } from '../config/backups.ts'
import { CommandError } from '../lib/command-error.ts'
import { minuteMs, secondMs } from '../lib/timestamps.ts'

/** For a request and its response: a part of 16 MiB at 1 Mbit/s takes two minutes. */
const requestTimeoutMs = 5 * minuteMs
/** Between two pieces of a download. */
const silenceMs = minuteMs
/** A store may be busy for a moment, and connections end. */
const pausesMs = [0.5, 2, 8].map((seconds) => seconds * secondMs)
const bytesMaxDefault = 8 * 1024 ** 2

interface Options {
  query?: Record<string, string>
  body?: Uint8Array
  /** 404 is no failure. */
  absent?: boolean
  bytesMax?: number
  /** Also when everything else is to end: what removes the rest. */
  always?: boolean
}

interface Answer {
  status: number
  headers: Headers
  text: string
}

export interface S3Request {
  (method: string, key: string, options?: Options): Promise<Answer>
  /** The content of an object, as it comes. */
  stream(key: string): AsyncIterable<Uint8Array>
}

/** Signed requests to one bucket, each with an end, tried again where that may help. @param where for messages */
export function s3Requests(
  where: string,
  bucketUrl: string,
  { region, accessKeyId, secretAccessKey }: S3Access,
  signal: AbortSignal,
): { request: S3Request } {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })

  async function attempt(
    method: string,
    key: string,
    options: Options,
    until: AbortSignal,
  ): Promise<Response> {
    const url = new URL(`${bucketUrl}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value)
    const { body } = options
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    return client.fetch(url.href, {
      method,
      headers: { 'x-amz-content-sha256': sha256 },
      redirect: 'manual',
      signal: until,
      ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
    })
  }

  /** @returns what `read` makes of a response that is not refused */
  async function trying<T>(
    method: string,
    key: string,
    options: Options,
    read: (response: Response, until: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      const late = AbortSignal.timeout(requestTimeoutMs)
      const until = options.always ? late : AbortSignal.any([late, signal])
      let reason: string
      try {
        const response = await attempt(method, key, options, until)
        if (response.ok || (options.absent && response.status === 404)) return await read(response, until)
        const text = await readText(response, bytesMaxDefault)
        reason = refusal(response, text)
        if (response.status < 500 && response.status !== 429) throw new CommandError(`${where}: ${reason}`)
      } catch (error) {
        if (error instanceof CommandError) throw error
        if (!options.always) signal.throwIfAborted()
        const { cause, message } = error as Error & { cause?: { code?: string } }
        reason = late.aborted
          ? `no response within ${requestTimeoutMs / secondMs} s.`
          : `${cause?.code ?? message}.`
      }
      const pauseMs = pausesMs[tries]
      if (pauseMs === undefined) throw new CommandError(`${where}: ${reason}`)
      await pause(pauseMs, undefined, options.always ? {} : { signal })
    }
  }

  const request = (method: string, key: string, options: Options = {}) =>
    trying(method, key, options, async (response) => ({
      status: response.status,
      headers: response.headers,
      text: await readText(response, options.bytesMax ?? bytesMaxDefault),
    }))

  async function* stream(key: string): AsyncIterable<Uint8Array> {
    // A download takes as long as it takes, and each piece of it comes in time.
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(), silenceMs)
    const until = AbortSignal.any([signal, silent.signal])
    try {
      const response = await attempt('GET', key, {}, until)
      if (!response.ok) {
        const text = await readText(response, bytesMaxDefault)
        throw new CommandError(`${where}: ${refusal(response, text)}`)
      }
      for await (const chunk of response.body ?? []) {
        yield chunk
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), silenceMs)
      }
    } catch (error) {
      if (error instanceof CommandError || signal.aborted) throw error
      const { cause, message } = error as Error & { cause?: { code?: string } }
      throw new CommandError(
        `${where}: ${silent.signal.aborted ? `nothing came for ${silenceMs / secondMs} s` : (cause?.code ?? message)}.`,
      )
    } finally {
      clearTimeout(timer)
    }
  }

  return { request: Object.assign(request, { stream }) }
}

/** The code of the store says more than its status; its message may repeat what was sent. */
function refusal({ status, headers }: Response, text: string): string {
  const code = /<Code>(\w{1,60})<\/Code>/.exec(text)?.[1]
  const region = headers.get('x-amz-bucket-region')
  if ((status === 301 || status === 307 || code === 'AuthorizationHeaderMalformed') && region)
    return `the bucket is in the region ${region}; set COMSERV_BACKUP_S3_REGION.`
  return `the store responded ${status}${code ? ` (${code})` : ''}.${advice[code ?? ''] ?? ''}`
}

const advice: Readonly<Record<string, string>> = {
  NoSuchBucket: ' Make the bucket, or correct COMSERV_BACKUP_TO.',
  SignatureDoesNotMatch: ' Check COMSERV_BACKUP_S3_SECRET_ACCESS_KEY.',
  InvalidAccessKeyId: ' Check COMSERV_BACKUP_S3_ACCESS_KEY_ID.',
  RequestTimeTooSkewed: ' The clock of this machine is wrong.',
  AccessDenied: ' The access key needs to list, read, write and delete in the bucket.',
}

async function readText(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new CommandError(`The store sent more than ${bytesMax} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
