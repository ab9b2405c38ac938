import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Comserv } from '../src/index.ts'

/** Every method, called with a wrong value for each of its arguments: the values and the methods are shared by all clients. */

interface Method {
  name: string
  answer: 'call' | 'list' | 'export' | 'stream'
  client: 'key' | 'session' | 'oauth'
  arguments: { name: string; is: string; filters?: string[] }[]
  takesIdempotencyKey: boolean
  takesIfMatch: boolean
}

interface Kind {
  name: string
  expected: string
  wrong: unknown[]
}

type Given = Record<string, unknown>

function casesOf<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8')).cases
}

const kinds = new Map(casesOf<Kind>('arguments.json').map((kind) => [kind.name, kind]))
const methods = casesOf<Method>('methods.json')
let requests = 0
const common = {
  baseUrl: 'http://127.0.0.1',
  maxRetries: 0,
  fetch: async () => {
    requests++
    return Response.json({ id: 1, data: [], meta: {} })
  },
}
// Without the types, as a program in plain JavaScript has it.
const clients = {
  key: Object(new Comserv({ ...common, apiKey: 'key' })),
  session: Object(new Comserv({ ...common, session: true })),
  oauth: Object(new Comserv({ ...common, clientId: 'id', clientSecret: 'secret' })),
}

class Something {}

/** The values that JSON lacks. A promise that nobody awaits is one that resolves. */
const special: Record<string, unknown> = {
  NaN: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  'huge integer': 1e300,
  object: {},
  function: () => 1,
  instance: Symbol('a'),
  promise: Promise.resolve(new Something()),
}

function givenAs(wrong: unknown): unknown {
  const { a } = Object(wrong)
  return typeof a === 'string' ? special[a] : wrong
}

const right: Record<string, unknown> = {
  id: 1,
  text: 'a',
  query: {},
  file: 'title\nx\n',
  items: [],
  fields: {},
}
const positional = ['id', 'text', 'query', 'file', 'items', 'fields', 'optionalFields', 'formText']

/** @param given arguments and options by name, filters as those of the query */
async function called(method: Method, given: Given, filter: Given = {}): Promise<void> {
  const [group = '', name = ''] = method.name.split('.')
  const { arguments: all } = method
  const valueFor = ({ name, is }: Method['arguments'][number]) =>
    name in given ? given[name] : is === 'query' ? filter : is === 'formText' ? 'a' : right[is]
  const form = all.filter(({ is }) => is === 'formOption')
  const placed = all.filter(({ is }) => positional.includes(is)).map(valueFor)
  if (form.length > 0) placed.push(Object.fromEntries(form.map((one) => [one.name, valueFor(one)])))
  const options = Object.fromEntries(
    Object.entries(given).filter(
      ([own]) =>
        !all.some(({ name, is }) => name === own && (positional.includes(is) || is === 'formOption')),
    ),
  )
  const made = clients[method.client][group][name](...placed, options)
  if (method.answer === 'call') await made
  else await made[Symbol.asyncIterator]().next()
}

async function assertRefused(method: Method, kind: string, name: string, given: Given, filter?: Given) {
  const expected = (kinds.get(kind)?.expected ?? '').replace('{name}', name)
  const before = requests
  const shown = `${method.name} with ${Object.keys({ ...given, ...filter })}: ${typeof Object.values({ ...given, ...filter })[0]}`
  await assert.rejects(
    called(method, given, filter),
    ({ name, message }: Error) => {
      assert.equal(name, 'ConfigurationError', `${shown}: ${message}`)
      assert.ok(message.startsWith(expected), `${shown}: ${message}`)
      assert.doesNotMatch(message, /\n/)
      return true
    },
    shown,
  )
  assert.equal(requests, before, shown)
}

const wrongOf = (kind: string) => (kinds.get(kind)?.wrong ?? assert.fail(kind)).map(givenAs)

for (const method of methods) {
  test(`${method.name} refuses wrong arguments, and sends nothing`, async () => {
    for (const { name, is, filters = [] } of method.arguments) {
      // In JavaScript undefined leaves something out, and null is a mistake.
      for (const wrong of [null, ...wrongOf(is)]) await assertRefused(method, is, name, { [name]: wrong })
      for (const filter of filters)
        for (const wrong of [null, ...wrongOf('filter')])
          await assertRefused(method, 'filter', filter, {}, { [filter]: wrong })
    }
    const options = {
      timeoutMs: 'timeout',
      maxRetries: 'retries',
      ...(method.takesIdempotencyKey ? { idempotencyKey: 'idempotencyKey' } : {}),
      ...(method.takesIfMatch ? { ifMatch: 'ifMatch' } : {}),
    }
    for (const [name, kind] of Object.entries(options))
      for (const wrong of [null, ...wrongOf(kind)]) await assertRefused(method, kind, name, { [name]: wrong })
  })
}

test('every method of the client is in the table', () => {
  const groups = Object.entries<Record<string, unknown>>(clients.key).filter(
    ([, group]) => Object(group) === group,
  )
  const own = groups.flatMap(([group, functions]) => Object.keys(functions).map((name) => `${group}.${name}`))
  assert.deepEqual(
    own.filter((name) => !/^(webhooks|hooks)\.verify$/.test(name)).sort(),
    methods.map(({ name }) => name).sort(),
  )
})

test('a method reports wrong arguments through its promise, so that a program that handles it goes on', async () => {
  for (const made of [() => clients.key.users.get('x'), () => clients.key.oauth.createToken()])
    assert.equal(await made().catch(({ name }: Error) => name), 'ConfigurationError')
})
