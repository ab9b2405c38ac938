import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/categories'

export function categoryScenarios({ scenario, made }: World): void {
  test('a category is created, changed, deleted and restored, each with its event', async () => {
    const fields = { name: 'Annual Reports', slug: 'annual-reports', description: '', position: 0 }
    const category = { id: anId, ...fields, document_count: 0, created_at: now, updated_at: now }
    const { body, headers } = await scenario({
      request: { method: 'POST', path, json: { name: 'Annual Reports' } },
      status: 201,
      body: category,
      events: [{ type: 'category.created', data: { name: 'Annual Reports', slug: 'annual-reports' } }],
      audit: [{ action: 'category.create', targetId: anId, before: null, after: fields }],
    })
    const own = `${path}/${body.id}`
    const moved = { ...category, position: 3 }
    await scenario({
      request: { method: 'PATCH', path: own, json: { position: 3 } },
      status: 200,
      body: moved,
      events: [{ type: 'category.updated', resourceId: body.id }],
      audit: [{ action: 'category.update', before: { position: 0 }, after: { position: 3 } }],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json: { position: 3, name: 'Annual Reports' } },
      status: 200,
      body: moved,
      events: [],
      audit: [],
    })
    const ifMatch = { 'if-match': headers.get('etag') ?? '' }
    await scenario({
      request: { method: 'PATCH', path: own, json: { position: 4 }, headers: ifMatch },
      status: 412,
      body: { error: { code: 'precondition_failed', message: /./, details: /read it again/ } },
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [{ type: 'category.deleted', resourceId: body.id }],
      audit: [{ action: 'category.delete', before: { position: 3 }, after: null }],
    })
    await scenario({
      request: { method: 'POST', path: `${own}/restore` },
      status: 200,
      body: moved,
      events: [{ type: 'category.updated', resourceId: body.id }],
      audit: [{ action: 'category.restore', before: null, after: { position: 3 } }],
    })
  })

  test('a batch of categories leaves the events and audit rows of the single calls', async () => {
    const { id } = await made(path, { name: 'To delete' })
    await scenario({
      request: {
        method: 'POST',
        path: `${path}/batch`,
        json: {
          items: [
            { action: 'create', data: { name: 'Batched' } },
            { action: 'create', data: { name: 'BATCHED' } },
            { action: 'delete', id },
          ],
        },
      },
      status: 200,
      body: {
        data: [
          { status: 201, id: anId, etag: /^"/, resource: (value: unknown) => value !== undefined },
          {
            status: 409,
            error: {
              code: 'conflict',
              message: /./,
              details: "The 'name' is already taken by another category.",
            },
          },
          { status: 204, id },
        ],
        meta: { succeeded: 2, failed: 1 },
      },
      events: [{ type: 'category.created' }, { type: 'category.deleted', resourceId: id }],
      audit: [{ action: 'category.create' }, { action: 'category.delete', targetId: id }],
    })
  })
}
