import { test } from 'node:test'
import type { Json } from '../harness.ts'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/automations'
const runs = '/api/v1/automation-runs'

export function automationScenarios({ server, key, scenario, made }: World): void {
  const steps = [
    { name: 'pause', type: 'wait', minutes: 5 },
    { name: 'nothing', type: 'stop_if', condition: 'true' },
  ]
  const given = { name: 'Remind', enabled: true, trigger: { type: 'button' }, steps }

  test('an automation is created, changed and deleted, none of which is an event', async () => {
    const automation = { ...given, id: anId, description: '', owner_id: anId, credential_id: anId }
    const stamps = { created_at: now, updated_at: now }
    const { body } = await scenario({
      request: { method: 'POST', path, json: given },
      status: 201,
      body: { ...automation, ...stamps, problem: null, next_run_at: null },
      events: [],
      audit: [
        { action: 'automation.create', targetId: anId, before: null, after: { ...automation, ...stamps } },
      ],
    })
    const own = `${path}/${body.id}`
    const after = { ...automation, ...stamps, enabled: false }
    await scenario({
      request: { method: 'PATCH', path: own, json: { enabled: false } },
      status: 200,
      body: { ...after, problem: null, next_run_at: null },
      events: [],
      audit: [{ action: 'automation.update', targetId: body.id, after }],
    })
    await scenario({
      request: { method: 'POST', path: `${own}/dry-run`, json: {} },
      status: 200,
      body: ({ matched, runs }: Json) => matched === 0 && runs[0].steps.length === 2,
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'automation.delete', targetId: body.id, before: after, after: null }],
    })
  })

  test('a run is begun, cancelled and resumed, each audited with the automation', async () => {
    const automation = await made(path, given)
    const { body } = await scenario({
      request: { method: 'POST', path: `${path}/${automation.id}/run`, json: { input: { who: 'Jo' } } },
      status: 202,
      body: ({ status, trigger }: Json) => status === 'pending' && trigger === 'button',
      events: [],
      audit: [{ action: 'automation.run', targetId: automation.id }],
    })
    for (const [verb, became] of [
      ['cancel', 'cancelled'],
      ['resume', 'pending'],
    ] as const)
      await scenario({
        request: { method: 'POST', path: `${runs}/${body.id}/${verb}` },
        status: 200,
        body: ({ status }: Json) => status === became,
        events: [],
        audit: [{ action: `automation.${verb}_run`, targetId: automation.id }],
      })
    await server.call('DELETE', `${path}/${automation.id}`, { key })
  })
}
