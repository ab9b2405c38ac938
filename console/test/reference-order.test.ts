import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readOperations, readTags } from '../guides/links.ts'
import { inReadingOrder } from '../src/docs/reference/order.ts'

const operations = readOperations()
const listed = (tag: string) =>
  inReadingOrder(
    tag,
    operations.filter((operation) => operation.tag === tag),
  ).map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`)

suite('the order of the reference', () => {
  test('what every reader needs comes first', () => {
    assert.deepEqual(
      readTags()
        .slice(0, 7)
        .map(({ name }) => name),
      ['OAuth', 'Users', 'Documents', 'Categories', 'Webhooks', 'Hooks', 'Events'],
    )
    assert.deepEqual(
      [...new Set(operations.map(({ tag }) => tag))].toSorted(),
      readTags()
        .map(({ name }) => name)
        .toSorted(),
    )
  })

  test('of each resource: list, get, create, update, delete, then the rest by path', () => {
    for (const [tag, path] of [
      ['Users', '/users'],
      ['Documents', '/documents'],
      ['Categories', '/categories'],
      ['Webhooks', '/webhooks'],
      ['Credentials', '/credentials'],
      ['Roles', '/roles'],
    ] as const)
      assert.deepEqual(listed(tag).slice(0, 5), [
        `GET ${path}`,
        `GET ${path}/{id}`,
        `POST ${path}`,
        `PATCH ${path}/{id}`,
        `DELETE ${path}/{id}`,
      ])
    assert.deepEqual(listed('Categories').slice(5), [
      'POST /categories/batch',
      'GET /categories/export',
      'GET /categories/trash',
      'POST /categories/{id}/restore',
    ])
  })

  test('the resource that a tag is named for comes before others, and what there is one of before its parts', () => {
    assert.equal(listed('OAuth')[0], 'POST /oauth/token')
    assert.deepEqual(listed('Sessions').slice(0, 3), ['GET /session', 'POST /session', 'DELETE /session'])
    const webhooks = listed('Webhooks')
    assert.ok(webhooks.indexOf('POST /webhooks/{id}/test') < webhooks.indexOf('GET /deliveries/{id}'))
  })

  test('does not depend on the order in which the server declares them', () => {
    for (const { name } of readTags()) {
      const own = operations.filter(({ tag }) => tag === name)
      assert.deepEqual(inReadingOrder(name, own.toReversed()), inReadingOrder(name, own), name)
    }
  })
})
