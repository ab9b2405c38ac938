import assert from 'node:assert/strict'
import { Ajv } from 'ajv'
import type { Database } from '../src/db/database.ts'
import { bodySchema, type EventType } from '../src/events/types.ts'
import { catalog } from '../src/resources.ts'
import type { Json } from './harness.ts'
import { openedEvents } from './opened-logs.ts'

const ajv = new Ajv({
  strict: true,
  allErrors: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/ },
})
const { eventTypes } = catalog
const checks = new Map([...eventTypes.values()].map((type) => [type.name, ajv.compile(exactly(type))]))

/** Holds every event that was written against the schema of its type, and allows no field that the schema does not name. */
export async function assertEventsValid(database: Database): Promise<void> {
  const events = await database.read.selectFrom('events').selectAll().execute()
  for (const event of await openedEvents(database, events)) {
    const { id, type, body, occurred_at, resource_type, resource_id } = event
    // Nothing can be opened any more of an event whose person was erased.
    if (body === '') continue
    const { test: isSample, ...payload }: Json = JSON.parse(body)
    const check = checks.get(isSample ? payload.event : type)
    assert.ok(check, `the event ${id} has the unknown type ${type}`)
    assert.equal(check(payload), true, `${type} ${body}: ${ajv.errorsText(check.errors)}`)
    // A test has sent the sample of another type.
    if (isSample) {
      assert.deepEqual([isSample, type, payload.timestamp], [true, 'ping', occurred_at])
      continue
    }
    assert.deepEqual(
      [payload.event, payload.timestamp, payload.data.id, eventTypes.get(type)?.resource],
      [type, occurred_at, resource_id, resource_type],
    )
  }
}

function exactly(type: EventType): object {
  const { $schema: _, properties, ...rest } = bodySchema(type)
  const data = { ...properties.data, additionalProperties: false }
  return { ...rest, properties: { ...properties, data }, additionalProperties: false }
}
