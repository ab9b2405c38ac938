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

/** Signed requests to one bucket, each with an end, tried again where that may help. */
export class S3Bucket {
  /** For messages. */
  readonly #where: string
  readonly #url: string
  readonly #client: AwsClient
  readonly #signal: AbortSignal

  constructor(
    where: string,
    bucket: string,
    { endpoint, region, accessKeyId, secretAccessKey }: S3Access,
    signal: AbortSignal,
  ) {
    this.#where = where
    this.#url = `${endpoint}/${bucket}`
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
    this.#signal = signal
  }

  async request(method: string, key: string, options: Options = {}): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const result = await this.#attempt(method, key, options)
      if (typeof result !== 'string') return result
      const pauseMs = pausesMs[tries]
      if (pauseMs === undefined) throw this.#failure(result)
      await pause(pauseMs, undefined, options.always ? {} : { signal: this.#signal })
    }
  }

  /** The content of an object, as it comes: a download takes as long as it takes, and each piece of it comes in time. */
  async *stream(key: string): AsyncIterable<Uint8Array> {
    const silent = new AbortController()
    let timer = setTimeout(() => silent.abort(), silenceMs)
    try {
      const response = await this.#send('GET', key, {}, AbortSignal.any([this.#signal, silent.signal]))
      if (!response.ok) throw this.#failure(refusal(response, await readText(response, bytesMaxDefault)))
      for await (const chunk of response.body ?? []) {
        yield chunk
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), silenceMs)
      }
    } catch (error) {
      if (error instanceof CommandError || this.#signal.aborted) throw error
      throw this.#failure(
        silent.signal.aborted ? `nothing came for ${silenceMs / secondMs} s.` : reasonOf(error),
      )
    } finally {
      clearTimeout(timer)
    }
  }

  /** @returns why it failed, where another attempt may succeed */
  async #attempt(method: string, key: string, options: Options): Promise<Answer | string> {
    const late = AbortSignal.timeout(requestTimeoutMs)
    try {
      const until = options.always ? late : AbortSignal.any([late, this.#signal])
      const response = await this.#send(method, key, options, until)
      const { status, headers, ok } = response
      const text = await readText(response, options.bytesMax ?? bytesMaxDefault)
      if (ok || (options.absent && status === 404)) return { status, headers, text }
      if (status < 500 && status !== 429) throw this.#failure(refusal(response, text))
      return refusal(response, text)
    } catch (error) {
      if (error instanceof CommandError) throw error
      if (!options.always) this.#signal.throwIfAborted()
      return late.aborted ? `no response within ${requestTimeoutMs / secondMs} s.` : reasonOf(error)
    }
  }

  #send(method: string, key: string, { query = {}, body }: Options, signal: AbortSignal): Promise<Response> {
    const url = new URL(`${this.#url}/${key.split('/').map(encodeURIComponent).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex')
    return this.#client.fetch(url.href, {
      method,
      headers: { 'x-amz-content-sha256': sha256 },
      redirect: 'manual',
      signal,
      ...(body ? { body: body as Uint8Array<ArrayBuffer> } : {}),
    })
  }

  #failure(reason: string): CommandError {
    return new CommandError(`${this.#where}: ${reason}`)
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } }
  return `${cause?.code ?? message}.`
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
