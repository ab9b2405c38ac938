import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signatureHeaders } from '../../../server/src/sending/signature.ts'
import { apiErrorOf } from '../src/error-mapping.ts'
import { ConnectionError, type FailedCheck, WebhookVerificationError } from '../src/errors.ts'
import { Comserv } from '../src/index.ts'
import { nextQueryOf } from '../src/page.ts'
import { type Failure, retryDelayMs } from '../src/retry.ts'
import { storedToken } from '../src/stored-token.ts'
import { StreamReader } from '../src/stream-messages.ts'
import { verifyWebhook } from '../src/webhook-verification.ts'
import { raw, startStrangeServer } from './strange-server.ts'

/** The cases that all client libraries share. */
function casesOf<T>(file: string): (T & { name: string })[] {
  const text = readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8')
  const { cases } = JSON.parse(text)
  assert.ok(cases.length > 0)
  return cases
}

interface SignatureCase {
  /** No text in some cases, whatever the types say. */
  secret: string
  body: string
  headers: Record<string, string>
  now: number
  tolerance_seconds?: number
  accept_body_signature?: boolean
  expected: { event?: string; id?: string | null; standard?: object; failed_check?: FailedCheck }
}

for (const { name, secret, body, headers, now, expected, ...more } of casesOf<SignatureCase>(
  'signatures.json',
)) {
  test(`signatures: ${name}`, async () => {
    const options = {
      now: () => now * 1_000,
      toleranceSeconds: more.tolerance_seconds,
      acceptBodySignature: more.accept_body_signature,
    }
    const bytes = new TextEncoder().encode(body)
    const forms = [body, bytes, bytes.buffer] as const
    const sent = [headers, new Headers(headers)] as const
    for (const form of forms) {
      for (const given of sent) {
        const verified = verifyWebhook(form, given, secret, options)
        if (expected.failed_check !== undefined) {
          await assert.rejects(verified, (error) => {
            assert.ok(error instanceof WebhookVerificationError)
            assert.equal(error.check, expected.failed_check)
            assert.ok(`${secret}`.length < 16 || !`${error.stack}`.includes(`${secret}`))
            return true
          })
        } else {
          const { id, ...event } = await verified
          assert.deepEqual(event, expected.standard ?? JSON.parse(body))
          assert.equal(event.event, expected.event)
          assert.equal(id, expected.id ?? undefined)
        }
      }
    }
  })
}

test('the valid signatures are those that the server makes', () => {
  const valid = casesOf<SignatureCase>('signatures.json').find(({ name }) => name.includes('begins with'))
  assert.ok(valid)
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = valid.headers
  const made = signatureHeaders({ id, timestamp: Number(timestamp), body: valid.body }, [valid.secret])
  assert.deepEqual(made, valid.headers)
})

interface RetryCase {
  failure: Failure['kind']
  status: number
  headers: Record<string, string>
  retries: number
  random: number
  now: number
  expected: { delay_ms: number | null }
}

for (const { name, failure: kind, status, headers, retries, random, now, expected } of casesOf<RetryCase>(
  'retries.json',
)) {
  test(`retries: ${name}`, () => {
    const failure: Failure =
      kind === 'answer' ? { kind, status, retryAfter: headers['retry-after'] ?? null } : { kind }
    const delayMs = retryDelayMs(failure, { retries, random, nowMs: now * 1_000 })
    assert.equal(delayMs, expected.delay_ms ?? undefined)
  })
}

interface PagingCase {
  link: string | null
  expected: { next: Record<string, string> | null }
}

for (const { name, link, expected } of casesOf<PagingCase>('paging.json')) {
  test(`paging: ${name}`, () => {
    assert.deepEqual(nextQueryOf(link), expected.next ?? undefined)
  })
}

interface ErrorCase {
  status: number
  headers: Record<string, string>
  body: unknown
  now: number
  expected: {
    error: string
    status: number
    code: string
    message: string
    details: string
    request_id: string | null
    rate_limit: { limit: number; remaining: number; reset: number } | null
    retry_after_seconds: number | null
  }
}

for (const { name, status, headers, body, now, expected } of casesOf<ErrorCase>('errors.json')) {
  test(`errors: ${name}`, () => {
    const refusal = { status, headers: new Headers(headers), body: body ?? undefined }
    const error = apiErrorOf(refusal, now * 1_000)
    const { limit, remaining, resetAt } = error.rateLimit ?? {}
    assert.deepEqual(
      {
        error: error.name,
        status: error.status,
        code: error.code,
        message: error.title,
        details: error.details,
        request_id: error.requestId ?? null,
        rate_limit: resetAt ? { limit, remaining, reset: resetAt.getTime() / 1_000 } : null,
        retry_after_seconds: error.retryAfterSeconds ?? null,
      },
      expected,
    )
    assert.equal(error.constructor.name, error.name)
  })
}

interface ExportCase {
  raw: string[]
  expected: { text?: string; records?: number[]; text_error?: string; records_error?: string }
}

for (const { name, raw: parts, expected } of casesOf<ExportCase>('exports.json')) {
  test(`exports: ${name}`, async () => {
    const { url } = await startStrangeServer(raw(parts))
    const comserv = new Comserv({ baseUrl: url, apiKey: 'key', maxRetries: 0 })
    const whole = comserv.categories.export()
    const records = async () => {
      const ids = []
      for await (const { id } of whole) ids.push(id)
      return ids
    }
    if (expected.text !== undefined) {
      assert.equal(await whole.text('ndjson'), expected.text)
      assert.deepEqual(await records(), expected.records)
      return
    }
    const isLike =
      (begins = '') =>
      (error: unknown) => {
        assert.ok(error instanceof ConnectionError)
        assert.ok(error.message.startsWith(begins), error.message)
        return true
      }
    await assert.rejects(whole.text('ndjson'), isLike(expected.text_error))
    await assert.rejects(records(), isLike(expected.records_error))
  })
}

test('a response that is cut off says so', async () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
  const { url } = await startStrangeServer(raw([`${head}{"id":`]))
  const comserv = new Comserv({ baseUrl: url, apiKey: 'key', maxRetries: 0 })
  await assert.rejects(comserv.users.get(1), {
    name: 'ConnectionError',
    message: /^The response was cut off while it was read: ./,
  })
})

interface EntryCase {
  base_url: string
  client_id: string
  client_secret: string
  scope: string | null
  now: number
  entry: string
  expected: { name: string; token: string | null }
}

for (const { name, entry, now, expected, ...client } of casesOf<EntryCase>('token-entries.json')) {
  test(`token entries: ${name}`, async () => {
    const entries = new Map<string, string>([[expected.name, entry]])
    const who = {
      clientId: client.client_id,
      clientSecret: client.client_secret,
      scope: client.scope ?? undefined,
    }
    const stored = storedToken(entries, who, client.base_url)
    const found = await stored.read(now * 1_000)
    assert.equal(found?.token ?? null, expected.token)
    if (found === undefined) return
    entries.clear()
    await stored.write(found.token, found.renewAtMs, now * 1_000)
    assert.deepEqual([...entries], [[expected.name, entry]])
  })
}

interface StreamCase {
  chunks: string[]
  expected: { messages: unknown[]; last_id: string; retry_ms: number | null }
}

for (const { name, chunks, expected } of casesOf<StreamCase>('streams.json')) {
  test(`streams: ${name}`, () => {
    // Whole, and byte by byte.
    for (const size of [1_000, 1]) {
      const reader = new StreamReader()
      const messages = chunks
        .map((chunk) => new TextEncoder().encode(chunk))
        .flatMap((bytes) =>
          Array.from(bytes, (_, i) => i).flatMap((i) => (i % size ? [] : [bytes.subarray(i, i + size)])),
        )
        .flatMap((part) => reader.read(part))
      const found = { messages, last_id: reader.lastId, retry_ms: reader.retryMs ?? null }
      assert.deepEqual(found, expected)
    }
  })
}
