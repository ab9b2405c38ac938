import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Contract, currentContract } from '../../scripts/contract.ts'
import { breakingChanges } from '../../scripts/contract-diff.ts'
import type { Json } from './harness.ts'

const released = await currentContract()

async function breaks(change: (contract: Json) => void): Promise<string[]> {
  const changed = structuredClone(released)
  change(changed)
  return breakingChanges(released, changed)
}

test('an unchanged contract breaks nothing', async () => {
  assert.deepEqual(await breaks(() => {}), [])
})

test('additions and other words break nothing', async () => {
  const found = await breaks(({ info, paths, components }) => {
    info.description = 'In other words.'
    paths['/api/v1/things'] = {
      get: { operationId: 'listThings', responses: { 200: { description: 'Done' } } },
    }
    paths['/api/v1/documents'].get.deprecated = true
    paths['/api/v1/documents'].get['x-sdk'] = 'documents.all'
    delete paths['/api/v1/users'].get['x-sdk']
    paths['/api/v1/documents'].get.parameters.push({ name: 'zone', in: 'query', schema: { type: 'string' } })
    components.schemas.Document.properties.extra = { type: 'string' }
    components.schemas.Document.required.push('extra')
    components.schemas.DocumentCreate.properties.extra = { type: 'string' }
  })
  assert.deepEqual(found, [])
})

test('a request that takes more than a list of values breaks nothing, and one that takes fewer does', async () => {
  const statusOf = ({ paths }: Json) =>
    paths['/api/v1/documents'].get.parameters.find(({ name }: Json) => name === 'status')
  const open = { type: 'string', maxLength: 50, pattern: '^[a-z-]+$' }
  assert.deepEqual(
    await breaks((contract) => {
      statusOf(contract).schema = open
      contract.components.schemas.DocumentCreate.properties.status = { ...open, type: ['string', 'null'] }
    }),
    [],
  )
  const short = { ...open, maxLength: 5 }
  const found = await breaks((contract) => {
    statusOf(contract).schema = short
    contract.components.schemas.DocumentCreate.properties.status = short
  })
  assert.match(found.join('\n'), /documents > get > parameters/)
  assert.match(found.join('\n'), /requestBody.*status/)
})

test('every removal and every stricter requirement is found, and named with its place', async () => {
  const found = await breaks(({ paths, components }) => {
    const { Document, DocumentCreate, Introspection } = components.schemas
    delete paths['/api/v1/users/{id}']
    delete paths['/api/v1/documents/{id}'].patch
    delete paths['/api/v1/documents'].post.responses['409']
    paths['/api/v1/documents'].get.security = [{ oauth2: ['admin'] }]
    paths['/api/v1/documents'].get.parameters.push({
      name: 'zone',
      in: 'query',
      required: true,
      schema: { type: 'string' },
    })
    delete Introspection.properties.jti
    Document.properties.id.type = 'string'
    DocumentCreate.required.push('category')
    DocumentCreate.properties.title.maxLength = 3
    const { status } = DocumentCreate.properties
    status.enum = status.enum.filter((value: unknown) => value !== 'archived')
  })
  for (const expected of [
    /Path `\/api\/v1\/users\/\{id\}` was removed/,
    /Operation `PATCH \/api\/v1\/documents\/\{id\}` was removed/,
    /Response `409` was removed/,
    /requires new scopes: 'admin'/,
    /Required `zone` query parameter was added/,
    /Property `jti` of `Introspection` was removed/,
    /Type of `id` widened from 'integer' to 'string'/,
    /Properties of `DocumentCreate` became required: `category`/,
    /`maxLength` of `title` changed from '300' to '3'/,
    /Enum of `status` lost values: 'archived'/,
  ]) {
    assert.ok(
      found.some((sentence) => expected.test(sentence)),
      `${expected} in\n${found.join('\n')}`,
    )
  }
  assert.match(found.join('\n'), /\(paths > \/api\/v1\/documents\/\{id\} > patch\)/)
})

test('what cannot be compared is an error, not a pass', async () => {
  await assert.rejects(breakingChanges({} as Contract, released), /cannot be compared/)
})
