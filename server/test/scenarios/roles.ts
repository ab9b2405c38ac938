import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/roles'

export function roleScenarios({ scenario }: World): void {
  test('a role is created, changed and deleted, none of which is an event', async () => {
    const terms = {
      name: 'reviewer',
      description: '',
      scopes: ['documents:read'],
      own_only: true,
      rules: [{ scope: 'documents:read', where: { category: ['policies'] } }],
    }
    const role = { id: anId, ...terms, built_in: false, user_count: 0, created_at: now, updated_at: now }
    const { name, scopes, rules } = terms
    await scenario({
      request: { method: 'POST', path, json: { name, scopes, rules } },
      status: 201,
      body: { ...role, unknown_categories: ['policies'] },
      events: [],
      audit: [{ action: 'role.create', targetId: anId, before: null, after: terms }],
    })
    const own = `${path}/reviewer`
    await scenario({
      request: { method: 'PATCH', path: own, json: { description: 'Reviews policies', rules: null } },
      status: 200,
      body: { ...role, description: 'Reviews policies', rules: null },
      events: [],
      audit: [{ action: 'role.update', before: { rules }, after: { rules: null } }],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json: { description: 'Reviews policies' } },
      status: 200,
      body: { ...role, description: 'Reviews policies', rules: null },
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [],
      audit: [{ action: 'role.delete', before: { name: 'reviewer' }, after: null }],
    })
  })
}
