import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { signatureHeaders } from '../../../server/src/sending/signature.ts'
import { apiErrorOf } from '../src/error-mapping.ts'
import { type FailedCheck, WebhookVerificationError } from '../src/errors.ts'
import { nextQueryOf } from '../src/page.ts'
import { type Failure, retryDelayMs } from '../src/retry.ts'
import { verifyWebhook } from '../src/webhook-verification.ts'

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
