/** The files of a new extension, by name: one that runs, and a test that shows it. */
export function templateOf(name: string): Readonly<Record<string, string>> {
  return { 'index.ts': moduleOf(name), [`${name}.test.ts`]: testOf(name) }
}

function moduleOf(name: string): string {
  return `import { extension, Type } from 'comserv-server/extension'

export default extension({
  name: '${name}',
  about: 'What ${name} is for',
  permissions: ['documents:write'],
  settings: Type.Object({
    greeting: Type.String({ default: 'Welcome' }),
  }),

  // Before a change is written: complete it, or refuse it.
  before: {
    'document.create'({ input, refuse }) {
      if (input.title === 'Untitled') refuse('Give the document a title.')
      input.category ??= 'news'
    },
  },

  // After a change, at least once.
  on: {
    async 'user.created'({ event, api, settings }) {
      const document = { title: \`\${settings.greeting}, \${event.data.username}!\` }
      await api.post('/api/v1/documents', document, { idempotencyKey: \`\${event.id}\` })
    },
  },

  // Under /api/v1/x/${name}/.
  routes(app) {
    app.get('/hello', { access: 'signed-in', summary: 'Say hello' }, ({ actor, settings }) => ({
      text: \`\${settings.greeting}, \${actor?.name}!\`,
    }))
  },
})
`
}

function testOf(name: string): string {
  return `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer, until } from 'comserv-server/extension/testing'

const server = await startServer(import.meta.resolve('./index.ts'), {
  COMSERV_X_${name.toUpperCase()}_GREETING: 'Good day',
})

test('a document gets a category, and needs a title', async () => {
  const made = await server.call('POST', '/api/v1/documents', { title: 'One' })
  assert.equal(made.status, 201)
  assert.equal(made.body.category, 'news')
  const untitled = await server.call('POST', '/api/v1/documents', { title: 'Untitled' })
  assert.equal(untitled.status, 400)
  assert.equal(untitled.body.error.details, 'Give the document a title.')
})

test('a new user is greeted with a document', async () => {
  const ada = { username: 'ada', email: 'ada@example.org', password: 'correct horse battery staple' }
  assert.equal((await server.call('POST', '/api/v1/users', ada)).status, 201)
  await until('the greeting', async () => {
    const { body } = await server.call('GET', '/api/v1/documents')
    return body.data.find(({ title }: { title: string }) => title === 'Good day, ada!')
  })
})

test('the route says hello', async () => {
  const { status, body } = await server.call('GET', '/api/v1/x/${name}/hello')
  assert.equal(status, 200)
  assert.equal(body.text, 'Good day, Test!')
})
`
}
