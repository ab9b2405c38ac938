import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DatabaseUnavailable } from '../src/db/failure.ts'
import { LastWrite } from '../src/db/last-write.ts'

test('a change that fits on a full disk does not prove that the next one will', () => {
  const lastWrite = new LastWrite()
  lastWrite.failed(new DatabaseUnavailable('full'))
  lastWrite.succeeded()
  assert.equal(lastWrite.failure?.reason, 'full')
  lastWrite.provenPossible()
  assert.equal(lastWrite.failure, undefined)
})

test('after any other failure, a change that succeeds proves that changes are possible', () => {
  const lastWrite = new LastWrite()
  for (const reason of ['io', 'read_only', 'damaged', 'lost'] as const) {
    lastWrite.failed(new DatabaseUnavailable(reason))
    assert.equal(lastWrite.failure?.reason, reason)
    lastWrite.succeeded()
    assert.equal(lastWrite.failure, undefined)
  }
})
