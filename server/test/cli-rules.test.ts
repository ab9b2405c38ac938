import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRule } from '../src/cli/rule.ts'
import { startServer } from './harness.ts'

const read = { scope: 'documents:read' } as const

for (const [text, rule] of [
  ['documents:read category in policies,reports', { ...read, where: { category: ['policies', 'reports'] } }],
  [
    ' documents:read  category in policies , annual reports and own ',
    { ...read, where: { category: ['policies', 'annual reports'], own: true } },
  ],
  ['documents:read own', { ...read, where: { own: true } }],
  [
    'documents:write status in draft,archived and category in reports',
    { scope: 'documents:write', where: { status: ['draft', 'archived'], category: ['reports'] } },
  ],
  [
    String.raw`documents:read category in "a, b","this and that","say \"x\"",own`,
    { ...read, where: { category: ['a, b', 'this and that', 'say "x"', 'own'] } },
  ],
] as const) {
  test(`--rule '${text}' is understood`, () => {
    assert.deepEqual(parseRule(text), rule)
  })
}

for (const [text, problem] of [
  ['', 'it is empty.'],
  ['documents:read', 'a condition is missing.'],
  ['users:read own', "'users:read' is not a scope that rules narrow."],
  ['category in policies', "'category' is not a scope that rules narrow."],
  ['documents:read category policies', "'category' needs 'in' and a list."],
  ['documents:read category in', "a name in the list of 'category' is empty."],
  ['documents:read category in a,,b', "a name in the list of 'category' is empty."],
  ['documents:read status in open', "'open' is not a status."],
  ['documents:read title in x', "'title in x' is not a condition."],
  ['documents:read own true', "'own true' is not a condition."],
  ['documents:read own and', "a condition is missing beside 'and'."],
  ['documents:read own and own', "the condition 'own' is there twice."],
  ['documents:read toString in x', "'toString in x' is not a condition."],
  ['documents:read category in "open', 'a quotation mark is not closed.'],
] as const) {
  test(`--rule '${text}' is refused, with what is possible`, () => {
    const message = (error: Error) => {
      assert.ok(error.message.startsWith(`--rule '${text}': ${problem} Write SCOPE CONDITION`), error.message)
      assert.match(
        error.message,
        /Scopes: documents:read, documents:write\. Conditions: category in NAME,…; status in draft,published,archived; own\.$/,
      )
      return true
    }
    assert.throws(() => parseRule(text), message)
  })
}

test('what --rule says is what a request with the same rules gets', async () => {
  const server = await startServer()
  const rules = ['documents:read category in "a, b" and status in draft', 'documents:read own'].map(parseRule)
  const { id } = await server.credential('documents:read', { rules })
  const { secret: key } = await server.credential('admin')
  assert.deepEqual((await server.call('GET', `/api/v1/credentials/${id}`, { key })).body.rules, rules)
})
