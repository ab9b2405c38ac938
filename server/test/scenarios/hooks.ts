import { test } from 'node:test'
import type { Json } from '../harness.ts'
import { startReceiver } from '../receiver.ts'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/hooks'

export function hookScenarios({ scenario }: World): void {
  test('a hook is created, tested, changed, given a new secret and deleted, none of which is an event', async () => {
    const receiver = await startReceiver()
    const { url } = receiver
    const actions = ['document.publish']
    const hook = {
      id: anId,
      url,
      description: '',
      actions,
      timeout_ms: 1_000,
      on_failure: 'refuse',
      status: 'active',
      previous_secret_expires_at: null,
      created_at: now,
      updated_at: now,
    }
    const health = ({ state }: Json) => state === 'untested'
    const { body } = await scenario({
      request: { method: 'POST', path, json: { url, actions } },
      status: 201,
      body: { ...hook, health, secret: /^whsec_[A-Za-z0-9+/]{43}=$/ },
      events: [],
      audit: [{ action: 'hook.create', targetId: anId, before: null, after: hook }],
    })
    const own = `${path}/${body.id}`
    receiver.answer((response) => response.end('{"refuse": "Not like this."}'))
    await scenario({
      request: { method: 'POST', path: `${own}/test`, json: { action: 'document.create' } },
      status: 200,
      body: ({ refusal }: Json) => refusal === 'Not like this.',
      events: [],
      audit: [
        { action: 'hook.test', targetId: body.id, after: { action: 'document.create', outcome: 'refused' } },
      ],
    })
    const json = { on_failure: 'allow', timeout_ms: 5_000 }
    const open = { ...hook, ...json }
    await scenario({
      request: { method: 'PATCH', path: own, json },
      status: 200,
      body: { ...open, health },
      events: [],
      audit: [{ action: 'hook.update', targetId: body.id, before: hook, after: open }],
    })
    const rotated = { ...open, previous_secret_expires_at: '2026-01-16T08:30:00Z' }
    await scenario({
      request: { method: 'POST', path: `${own}/rotate-secret`, json: {} },
      status: 200,
      body: { ...rotated, health, secret: /^whsec_/ },
      events: [],
      audit: [{ action: 'hook.rotate_secret', before: open, after: rotated }],
    })
    await scenario({
      request: { method: 'DELETE', path: `${own}/previous-secret` },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'hook.end_previous_secret', before: rotated, after: open }],
    })
    await scenario({
      request: { method: 'DELETE', path: `${own}/previous-secret` },
      status: 204,
      body: undefined,
      events: [],
      audit: [],
    })
  })

  test('what a hook refuses leaves nothing behind, and what it changes is in the event and in the audit log', async () => {
    const receiver = await startReceiver()
    const actions = ['document.create']
    const hook = await scenario({
      request: { method: 'POST', path, json: { url: receiver.url, actions, timeout_ms: 5_000 } },
      status: 201,
      body: ({ id }: Json) => anId(id),
      events: [],
      audit: [{ action: 'hook.create' }],
    })
    receiver.answer((response) => response.end('{"refuse": "Not like this."}'))
    const request = { method: 'POST', path: '/api/v1/documents', json: { title: 'Hooked' } }
    await scenario({
      request,
      status: 400,
      body: {
        error: { code: 'invalid_request', message: 'A hook refused the change', details: 'Not like this.' },
      },
      events: [],
      audit: [],
    })
    receiver.answer((response) => response.end('{"allow": true, "input": {"category": "hooked"}}'))
    await scenario({
      request,
      status: 201,
      body: ({ category }: Json) => category === 'hooked',
      events: [{ type: 'document.created' }],
      audit: [{ action: 'document.create', after: { category: 'hooked' } }],
    })
    await scenario({
      request: { method: 'DELETE', path: `${path}/${hook.body.id}` },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'hook.delete', after: null }],
    })
  })
}
