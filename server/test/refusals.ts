import assert from 'node:assert/strict'
import type { Answer } from './harness.ts'

/** The codes of the contract, written down apart from the code that answers them. */
const codeOf: Record<number, string> = {
  400: 'invalid_request',
  401: 'authentication_failed',
  403: 'permission_denied',
  404: 'resource_not_found',
  405: 'method_not_allowed',
  406: 'invalid_request',
  408: 'invalid_request',
  409: 'conflict',
  410: 'resource_not_found',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  417: 'invalid_request',
  422: 'idempotency_mismatch',
  429: 'rate_limit_exceeded',
  431: 'invalid_request',
  500: 'internal_error',
  501: 'invalid_request',
  503: 'service_unavailable',
  505: 'invalid_request',
}

/** Holds an answer against the error envelope of the spec: the status, its code, exactly three fields, and what `details` says. */
export function assertRefused(answer: Answer, status: number, details: RegExp): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/)
  assert.deepEqual(Object.keys(answer.body), ['error'])
  assert.deepEqual(Object.keys(answer.body.error), ['code', 'message', 'details'])
  assert.equal(answer.body.error.code, codeOf[status])
  assert.match(answer.body.error.message, /^[A-Z].+[a-z]$/)
  assert.match(answer.body.error.details, details)
}

/** Holds an answer against the error shape of RFC 6749 §5.2. */
export function assertOAuthRefused(answer: Answer, status: number, error: string, description: RegExp): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/)
  assert.deepEqual(Object.keys(answer.body), ['error', 'error_description'])
  assert.equal(answer.body.error, error)
  assert.match(answer.body.error_description, description)
  assert.match(answer.body.error_description, /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
}
