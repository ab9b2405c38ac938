import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Rule } from '../src/access/rules.ts'
import { type Answer, type Json, startServer } from './harness.ts'
import { makePerson } from './people.ts'
import { assertRefused } from './refusals.ts'
import { matches, nameOf, ruleSets } from './rules.ts'

const server = await startServer()
const { secret: admin } = await server.credential('admin')
const owner = await makePerson(server, 'admin')
const other = await makePerson(server, 'editor')

const facts = ['policies', 'reports'].flatMap((category) =>
  ['draft', 'published'].flatMap((status) =>
    [owner.id, other.id].map((author_id) => ({ category, status, author_id })),
  ),
)
const counts = { keys: 0, calls: 0, allowed: 0, refused: 0 }
after(() => console.log(`rules × writes: ${JSON.stringify(counts)}`))

for (const rules of ruleSets('documents:write')) {
  describe(`a key that may write ${nameOf(rules)}`, async () => {
    const { secret } = await server.credential('documents:read documents:write', {
      owner_id: owner.id,
      rules,
    })
    counts.keys++
    const may = (fact: (typeof facts)[number]) => matches(rules, 'documents:write', fact, owner.id)

    /** Writes as the key, and says whether the rules allow it. */
    async function expectAllowed(isAllowed: boolean, method: string, path: string, json?: Json) {
      const answer = await call(method, path, secret, json)
      counts[isAllowed ? 'allowed' : 'refused']++
      const what = `${method} ${path} ${JSON.stringify(json)}: ${answer.text}`
      if (isAllowed) assert.ok(answer.status < 300, what)
      else assertRefused(answer, 403, /may write only documents where/)
      return answer
    }

    test('creates what a rule includes', async () => {
      for (const fact of facts)
        await expectAllowed(may(fact), 'POST', '/documents', { title: 'New', ...fact })
    })

    test('changes, deletes and restores what a rule includes', async () => {
      for (const fact of facts) {
        const path = `/documents/${(await made(fact)).id}`
        await expectAllowed(may(fact), 'PATCH', path, { title: 'Changed' })
        await expectAllowed(may(fact), 'PATCH', path, {})
        await expectAllowed(may(fact), 'DELETE', path)
        if (!may(fact)) await call('DELETE', path, admin)
        const restored = await call('POST', `${path}/restore`, secret)
        assert.equal(restored.status, may(fact) ? 200 : 403, restored.text)
      }
    })

    test('moves a document only to where a rule includes it', async () => {
      for (const from of facts.filter(may).slice(0, 3))
        for (const to of facts) {
          const { id } = await made(from)
          await expectAllowed(may(to), 'PATCH', `/documents/${id}`, to)
          assert.deepEqual(factOf((await call('GET', `/documents/${id}`, admin)).body), may(to) ? to : from)
        }
    })

    test('does not schedule a publication that it could not make', async () => {
      for (const fact of facts.filter(({ status }) => status === 'draft')) {
        const isAllowed = may(fact) && may({ ...fact, status: 'published' })
        const scheduled = { publish_at: '2027-01-01T00:00:00Z' }
        await expectAllowed(isAllowed, 'POST', '/documents', { title: 'Later', ...fact, ...scheduled })
        const { id } = await made(fact)
        await expectAllowed(isAllowed, 'PATCH', `/documents/${id}`, scheduled)
      }
    })

    test('is refused item by item in a batch, and leaves nothing of one that is atomic', async () => {
      const items = facts.map((fact) => ({ action: 'create', data: { title: 'In a batch', ...fact } }))
      const { body } = await call('POST', '/documents/batch', secret, { items })
      assert.deepEqual(
        body.data.map(({ status }: Json) => status),
        facts.map((fact) => (may(fact) ? 201 : 403)),
      )
      if (facts.every(may)) return
      await server.newEvents()
      assert.equal((await call('POST', '/documents/batch?atomic=true', secret, { items })).status, 403)
      assert.deepEqual(await server.newEvents(), [])
    })
  })
}

test('an earlier version is restored only into a category that a rule includes', async () => {
  const rules: Rule[] = [{ scope: 'documents:write', where: { category: ['policies'] } }]
  const { secret } = await server.credential('documents:read documents:write', { rules })
  const { id } = await made({ category: 'reports', status: 'draft', author_id: owner.id })
  await call('PATCH', `/documents/${id}`, admin, { category: 'policies' })
  await call('PATCH', `/documents/${id}`, admin, { title: 'Third' })
  assertRefused(
    await call('POST', `/documents/${id}/revisions/1/restore`, secret),
    403,
    /may write only documents where the category is 'policies'; this is about the category 'reports'/,
  )
  assert.equal((await call('POST', `/documents/${id}/revisions/2/restore`, secret)).status, 200)
})

test('a document that the key may not see is not there to be changed, whatever it may write', async () => {
  const rules: Rule[] = [{ scope: 'documents:read', where: { category: ['policies'] } }]
  const { secret } = await server.credential('documents:read documents:write', { rules })
  const hidden = `/documents/${(await made({ category: 'reports', status: 'draft', author_id: owner.id })).id}`
  for (const method of ['PATCH', 'DELETE'])
    assert.equal((await call(method, hidden, secret, method === 'PATCH' ? {} : undefined)).status, 404)
  await call('DELETE', hidden, admin)
  assert.equal((await call('POST', `${hidden}/restore`, secret)).status, 404)
  const writeOnly = await server.credential('documents:write', {
    rules: [{ scope: 'documents:write', where: { category: ['policies'] } }],
  })
  const { id } = await made({ category: 'reports', status: 'draft', author_id: owner.id })
  assert.equal((await call('PATCH', `/documents/${id}`, writeOnly.secret, {})).status, 404)
})

test('a narrowed key changes the record of a category only where it may write all of its documents', async () => {
  const rules: Rule[] = [
    { scope: 'documents:write', where: { category: ['policies'] } },
    { scope: 'documents:write', where: { category: ['drafts'], status: ['draft'] } },
  ]
  const { secret } = await server.credential('documents:read documents:write', { rules })
  for (const [name, status] of [
    ['policies', 201],
    ['drafts', 403],
    ['reports', 403],
  ] as const)
    assert.equal((await call('POST', '/categories', secret, { name })).status, status, name)
  const [policies] = (await call('GET', '/categories', admin)).body.data
  assertRefused(
    await call('PATCH', `/categories/${policies.id}`, secret, { name: 'reports' }),
    403,
    /'reports'/,
  )
  assert.equal((await call('PATCH', `/categories/${policies.id}`, secret, { position: 3 })).status, 200)
  const { body: reports } = await call('POST', '/categories', admin, { name: 'reports' })
  for (const [method, path] of [
    ['PATCH', `/categories/${reports.id}`],
    ['DELETE', `/categories/${reports.id}`],
  ] as const)
    assertRefused(
      await call(method, path, secret, method === 'PATCH' ? { position: 1 } : undefined),
      403,
      /'reports'/,
    )
  assert.equal((await call('DELETE', `/categories/${policies.id}`, secret)).status, 204)
  assert.equal((await call('POST', `/categories/${policies.id}/restore`, secret)).status, 200)
})

async function made(fact: (typeof facts)[number]): Promise<{ id: number }> {
  return (await call('POST', '/documents', admin, { title: 'There', ...fact })).body
}

function factOf({ category, status, author_id }: Json) {
  return { category, status, author_id }
}

function call(method: string, path: string, key: string, json?: Json): Promise<Answer> {
  counts.calls++
  return server.call(method, `/api/v1${path}`, { key, ...(json === undefined ? {} : { json }) })
}
