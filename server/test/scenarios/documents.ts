import { test } from 'node:test'
import { anId } from '../scenario.ts'
import { now, type World } from './world.ts'

const path = '/api/v1/documents'

export function documentScenarios({ scenario, made }: World): void {
  test('an assistant creates a document as any program does', async () => {
    const given = { title: 'Minutes', category: 'policy' }
    await scenario({
      request: {
        method: 'POST',
        path: '/mcp',
        json: {
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'create_document', arguments: given },
        },
      },
      status: 200,
      body: (answer: { result: { isError?: boolean } }) => answer.result.isError !== true,
      events: [{ type: 'document.created' }],
      audit: [{ action: 'document.create', actor: 'credential Administration' }],
    })
  })

  test('a document is created published, with both events, and its content is in no row', async () => {
    const fields = { title: 'Annual Report 2023', category: 'reports', status: 'published' }
    const listed = { id: anId, ...fields, created_at: now, updated_at: now, author_id: anId }
    const rest = {
      content_type: 'text/markdown',
      published_at: now,
      publish_at: null,
      summary: null,
      version: 1,
    }
    const told = { id: anId, ...fields, author_id: anId }
    await scenario({
      request: { method: 'POST', path, json: { ...fields, content: '# Report' } },
      status: 201,
      body: { ...listed, ...rest, content: '# Report' },
      events: [
        { type: 'document.created', data: told },
        { type: 'document.published', data: told },
      ],
      audit: [{ action: 'document.create', before: null, after: { ...listed, ...rest, content_length: 8 } }],
    })
  })

  test('a document is changed, and published once', async () => {
    const document = await made(path, { title: 'A title', content: 'first' })
    const own = `${path}/${document.id}`
    const changed = { ...document, title: 'Other', content: 'the second text', version: 2 }
    await scenario({
      request: { method: 'PATCH', path: own, json: { title: 'Other', content: 'the second text' } },
      status: 200,
      body: changed,
      events: [{ type: 'document.updated', data: { title: 'Other' } }],
      audit: [
        {
          action: 'document.update',
          targetId: document.id,
          before: { title: 'A title', content_length: 5 },
          after: { title: 'Other', content_length: 15 },
        },
      ],
    })
    const published = { ...changed, status: 'published', published_at: now, version: 3 }
    await scenario({
      request: { method: 'PATCH', path: own, json: { status: 'published' } },
      status: 200,
      body: published,
      events: [{ type: 'document.updated' }, { type: 'document.published', data: { status: 'published' } }],
      audit: [{ action: 'document.update' }],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json: { status: 'published', title: 'Other' } },
      status: 200,
      body: published,
      events: [],
      audit: [],
    })
    await scenario({
      request: { method: 'PATCH', path: own, json: { title: 'Late' }, headers: { 'if-match': '"stale"' } },
      status: 412,
      body: { error: { code: 'precondition_failed', message: /./, details: /./ } },
      events: [],
      audit: [],
    })
  })

  test('an earlier version of a document is restored as a new one', async () => {
    const document = await made(path, { title: 'One', content: 'first' })
    await scenario({
      request: { method: 'PATCH', path: `${path}/${document.id}`, json: { title: 'Two', content: 'second' } },
      status: 200,
      body: { ...document, title: 'Two', content: 'second', version: 2 },
      events: [{ type: 'document.updated' }],
      audit: [{ action: 'document.update' }],
    })
    await scenario({
      request: { method: 'POST', path: `${path}/${document.id}/revisions/1/restore` },
      status: 200,
      body: { ...document, version: 3 },
      events: [{ type: 'document.updated', data: { title: 'One' } }],
      audit: [{ action: 'document.update', before: { title: 'Two' }, after: { title: 'One' } }],
    })
  })

  test('a document is deleted, and restored once', async () => {
    const document = await made(path, { title: 'Trash me' })
    const own = `${path}/${document.id}`
    await scenario({
      request: { method: 'DELETE', path: own },
      status: 204,
      body: undefined,
      events: [{ type: 'document.deleted', resourceId: document.id }],
      audit: [{ action: 'document.delete', before: { title: 'Trash me' }, after: null }],
    })
    const restore = { method: 'POST', path: `${own}/restore` }
    await scenario({
      request: restore,
      status: 200,
      body: { ...document, version: 2 },
      events: [{ type: 'document.updated', resourceId: document.id }],
      audit: [{ action: 'document.restore', before: null, after: { title: 'Trash me' } }],
    })
    await scenario({
      request: restore,
      status: 404,
      body: {
        error: {
          code: 'resource_not_found',
          message: /./,
          details: `There is no deleted document with id ${document.id}.`,
        },
      },
      events: [],
      audit: [],
    })
  })

  test('a batch of documents that is to be done whole leaves nothing behind when one item fails', async () => {
    const { id } = await made(path, { title: 'In a batch' })
    const good = [
      { action: 'create', data: { title: 'Batched' } },
      { action: 'update', id, data: { title: 'Changed' } },
    ]
    const request = { method: 'POST', path: `${path}/batch?atomic=true` }
    await scenario({
      request: { ...request, json: { items: [...good, { action: 'delete', id: 999_999 }] } },
      status: 404,
      body: {
        error: {
          code: 'resource_not_found',
          message: /./,
          details: 'items.2: There is no document with id 999999.',
        },
      },
      events: [],
      audit: [],
    })
    await scenario({
      request: { ...request, json: { items: good } },
      status: 200,
      body: {
        data: [
          { status: 201, id: anId, etag: /^"/, resource: anObject },
          { status: 200, id, etag: /^"/, resource: anObject },
        ],
        meta: { succeeded: 2, failed: 0 },
      },
      events: [{ type: 'document.created' }, { type: 'document.updated', resourceId: id }],
      audit: [{ action: 'document.create' }, { action: 'document.update', targetId: id }],
    })
  })
}

const anObject = (value: unknown) => typeof value === 'object' && value !== null
