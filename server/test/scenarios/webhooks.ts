import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notSent } from '../delivering.ts'
import type { Json } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/webhooks'

export function webhookScenarios({ server, key, scenario, made, succeeded }: World): void {
  test('a webhook is created, changed, given a new secret and deleted, none of which is an event', async () => {
    const { url } = await startReceiver()
    const webhook = {
      id: anId,
      url,
      description: '',
      events: ['document.created'],
      header_names: [],
      client_certificate: null,
      concurrency: 5,
      rate_limit_per_minute: null,
      include_previous: false,
      format: 'standard',
      ed25519: false,
      ordering: 'none',
      filter: null,
      transform: null,
      public_keys: [],
      rules: null,
      status: 'active',
      disabled_reason: null,
      owner_id: anId,
      credential_id: anId,
      previous_secret_expires_at: null,
      created_at: now,
      updated_at: now,
    }
    const health = ({ state }: { state: string }) => state === 'untested'
    const { body } = await scenario({
      request: { method: 'POST', path, json: { url, events: ['document.created'] } },
      status: 201,
      body: { ...webhook, health, secret: /^whsec_[A-Za-z0-9+/]{43}=$/ },
      events: [],
      audit: [{ action: 'webhook.create', targetId: anId, before: null, after: webhook }],
    })
    const own = `${path}/${body.id}`
    await scenario({
      request: {
        method: 'POST',
        path: `${path}/preview`,
        json: { event_type: 'document.deleted', transform: '[event]' },
      },
      status: 200,
      body: ({ outcome, body }: Json) => outcome === 'sent' && body === '["document.deleted"]',
      events: [],
      audit: [],
    })
    const json = { status: 'paused', headers: { 'X-Team': 'docs' } }
    const paused = { ...webhook, status: 'paused', header_names: ['X-Team'] }
    await scenario({
      request: { method: 'PATCH', path: own, json },
      status: 200,
      body: { ...paused, health },
      events: [],
      audit: [{ action: 'webhook.update', targetId: body.id, before: webhook, after: paused }],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json },
      status: 200,
      body: { ...paused, health },
      events: [],
      audit: [],
    })
    const rotated = { ...paused, previous_secret_expires_at: '2026-01-16T08:30:00Z' }
    await scenario({
      request: { method: 'POST', path: `${own}/rotate-secret`, json: { overlap_hours: 24 } },
      status: 200,
      body: { ...rotated, health, secret: /^whsec_/ },
      events: [],
      audit: [{ action: 'webhook.rotate_secret', before: paused, after: rotated }],
    })
    await scenario({
      request: { method: 'DELETE', path: `${own}/previous-secret` },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'webhook.end_previous_secret', before: rotated, after: paused }],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'webhook.delete', before: paused, after: null }],
    })
  })

  test('the format and the key pair of a webhook are audited, and the key pair is replaced with the secret', async () => {
    const { url } = await startReceiver()
    const chosen = {
      include_previous: true,
      format: 'cloudevents',
      ed25519: true,
      ordering: 'resource',
    }
    const keys = (count: number) => (value: string[]) =>
      value.length === count && value.every((one) => /^whpk_[A-Za-z0-9+/]{43}=$/.test(one))
    const { body } = await scenario({
      request: { method: 'POST', path, json: { url, events: ['document.updated'], ...chosen } },
      status: 201,
      body: (value: Json) => value.format === 'cloudevents' && keys(1)(value.public_keys),
      events: [],
      audit: [{ action: 'webhook.create', targetId: anId, before: null }],
    })
    const own = `${path}/${body.id}`
    await scenario({
      request: { method: 'POST', path: `${own}/rotate-secret`, json: {} },
      status: 200,
      body: (value: Json) => keys(2)(value.public_keys) && value.public_keys[1] === body.public_keys[0],
      events: [],
      audit: [{ action: 'webhook.rotate_secret', targetId: body.id }],
    })
    await scenario({
      request: {
        method: 'PATCH',
        path: own,
        json: { ed25519: null, format: null, include_previous: null, ordering: null },
      },
      status: 200,
      body: (value: Json) =>
        value.format === 'standard' && value.ordering === 'none' && keys(0)(value.public_keys),
      events: [],
      audit: [{ action: 'webhook.update', targetId: body.id }],
    })
  })

  test('a test, a resend and a recovery of a webhook are audited, and what they send is no new event', async () => {
    const receiver = await startReceiver()
    receiver.answer(500)
    const webhook = await made(path, { url: receiver.url, events: ['document.created'] })
    await made('/api/v1/documents', { title: 'Sent in vain' })
    await server.deliver()
    const own = `${path}/${webhook.id}`
    receiver.answer(204)
    const sent = (value: { status: string }) => value.status === 'delivered'
    await scenario({
      request: { method: 'POST', path: `${own}/test` },
      status: 200,
      body: sent,
      events: [{ type: 'ping' }],
      audit: [{ action: 'webhook.test', targetId: webhook.id }],
    })
    const since = new Date(server.clock.now() - 60_000).toISOString()
    await scenario({
      request: { method: 'POST', path: `${own}/recover`, json: { since } },
      status: 200,
      body: { ...notSent, hastened: 1 },
      events: [],
      audit: [{ action: 'webhook.recover', targetId: webhook.id }],
    })
    await server.deliver()
    const list = await server.call('GET', `${own}/deliveries`, { key })
    const [delivery] = list.body.data
    await scenario({
      request: { method: 'POST', path: `/api/v1/deliveries/${delivery.id}/resend` },
      status: 202,
      body: (value: { generation: number }) => value.generation === 2,
      events: [],
      audit: [{ action: 'delivery.resend', targetId: delivery.id }],
    })
  })

  test('a cancelled delivery is audited with what it waited for', async () => {
    const { url } = await startReceiver()
    const webhook = await made(path, { url, events: ['document.created'] })
    await server.call('PATCH', `${path}/${webhook.id}`, { key, json: { status: 'paused' } })
    await made('/api/v1/documents', { title: 'Sent to nobody' })
    await server.deliver()
    const list = await server.call('GET', `${path}/${webhook.id}/deliveries`, { key })
    const [delivery] = list.body.data
    const request = { method: 'POST', path: `/api/v1/deliveries/${delivery.id}/cancel` }
    const discarded = {
      ...delivery,
      status: 'discarded',
      reason: 'cancelled',
      waiting_for: null,
      finished_at: now,
    }
    await scenario({
      request,
      status: 200,
      body: discarded,
      events: [],
      audit: [
        {
          action: 'delivery.cancel',
          targetId: delivery.id,
          before: { status: 'held', reason: 'paused' },
          after: { status: 'discarded', reason: 'cancelled' },
        },
      ],
    })
    await scenario({ request, status: 200, body: discarded, events: [], audit: [] })
  })

  test('a test receiver is audited without its URL, and what it receives is no event', async () => {
    const { body } = await scenario({
      request: { method: 'POST', path: '/api/v1/test-receivers', json: { response_status: 204 } },
      status: 201,
      body: (value: { received: number }) => value.received === 0,
      events: [],
      audit: [{ action: 'test_receiver.create', targetId: anId, before: null }],
    })
    const before = { id: body.id, response_status: 204, owner_id: body.owner_id, expires_at: body.expires_at }
    const webhook = await made(path, { url: body.url, events: ['document.created'] })
    await scenario({
      request: { method: 'POST', path: new URL(body.url).pathname, by: 'nobody', json: {} },
      status: 401,
      body: { verified: false, problem: 'headers_missing', webhook_id: null },
      events: [],
      audit: [],
    })
    const sent = await server.call('POST', `${path}/${webhook.id}/test`, { key })
    succeeded('POST', new URL(body.url).pathname)
    assert.equal(sent.body.last_response_status, 204)
    await scenario({
      request: { method: 'DELETE', path: `/api/v1/test-receivers/${body.id}` },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'test_receiver.delete', targetId: body.id, before, after: null }],
    })
  })
}
