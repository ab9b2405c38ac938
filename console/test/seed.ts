import { startReceiver } from '../../server/test/receiver.ts'
import { until } from '../../server/test/until.ts'
import { type ConsoleServer, password } from './console-server.ts'

const people = [
  ['admin', 'admin', 'Ada', 'Minister'],
  ['editor', 'johndoe', 'John', 'Doe'],
  ['developer', 'grace', 'Grace', 'Hopper'],
  ['normal', 'newuser', 'New', 'User'],
] as const

/** One person of each role, 21 more who never signed in, and 24 documents, every fourth of them a draft. */
export async function seedContent({ call }: ConsoleServer): Promise<void> {
  for (const [role, username, first_name, last_name] of people) {
    const profile = { first_name, last_name, phone: '+1234567890', bio: 'Member since the beginning.' }
    await call('POST', '/api/v1/users', {
      username,
      email: `${username}@example.org`,
      password,
      role,
      profile,
    })
  }
  const author_id = await idOf('johndoe')
  await batch('users', 21, (i) => ({
    username: `member${i}`,
    email: `member${i}@example.org`,
    password,
    role: 'normal',
    status: i % 7 === 0 ? 'suspended' : 'active',
  }))
  await batch('documents', 24, (i) => ({
    title: i % 3 === 0 ? `New Policy Document ${i}` : `Annual Report ${2000 + i}`,
    category: i % 3 === 0 ? 'policies' : 'reports',
    status: i % 4 === 0 ? 'draft' : 'published',
    author_id,
    content: `# Report ${i}\n\nWhat happened, and **why**.\n\n- one\n- two\n\n> A quotation.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n`,
  }))

  async function batch(name: string, count: number, resourceOf: (i: number) => object): Promise<void> {
    const items = Array.from({ length: count }, (_, i) => ({ action: 'create', data: resourceOf(i + 1) }))
    await call('POST', `/api/v1/${name}/batch?atomic=true`, { items })
  }

  async function idOf(username: string): Promise<number> {
    return (await call('GET', `/api/v1/users?q=${username}`)).body.data[0].id
  }
}

/** Enough of everything that no page is empty. */
export async function seed(server: ConsoleServer): Promise<void> {
  const { call } = server
  await seedContent(server)
  await call('PATCH', '/api/v1/documents/1', {
    content: '# Report 1\n\nWhat happened, and *when*.\n\n- one\n- three\n',
  })
  await call('DELETE', '/api/v1/documents/24')
  await call('POST', '/api/v1/roles', {
    name: 'policy-reviewer',
    description: 'Reads policies, and writes their drafts',
    scopes: ['documents:read', 'documents:write'],
    rules: [
      { scope: 'documents:read', where: { category: ['policies'] } },
      { scope: 'documents:write', where: { category: ['policies'], status: ['draft'] } },
    ],
  })
  await call('POST', '/api/v1/categories', {
    name: 'reports',
    description: 'What was done in a year.\nOne for each year.',
    position: 1,
  })
  await call('POST', '/api/v1/categories', { name: 'policies' })
  const { body: dropped } = await call('POST', '/api/v1/categories', { name: 'drafts' })
  await call('DELETE', `/api/v1/categories/${dropped.id}`)
  const { body: key } = await call('POST', '/api/v1/credentials', {
    name: 'Payroll export',
    scopes: ['read'],
    tier: 'premium',
    expires_at: new Date(Date.now() + 20 * 86_400_000).toISOString().replace(/\.\d+/, ''),
    allowed_ips: ['127.0.0.0/8', '203.0.113.7'],
  })
  for (let i = 0; i < 8; i++) {
    await fetch(`${server.url}/api/v1/users?limit=${i === 7 ? 'many' : 5}`, {
      headers: { 'x-api-key': key.client_secret },
    })
  }
  const { body: old } = await call('POST', '/api/v1/credentials', {
    name: 'Old website',
    scopes: ['documents:read'],
  })
  await call('DELETE', `/api/v1/credentials/${old.id}`)

  await call('POST', '/api/v1/applications', {
    name: 'Library',
    kind: 'server',
    redirect_uris: ['https://reading.example.org/signed-in', 'https://reading.example.net/signed-in'],
    origins: ['https://reading.example.org'],
    post_logout_redirect_uris: ['https://reading.example.org/'],
    scopes: ['documents:read', 'documents:write'],
    roles: ['editor', 'policy-reviewer'],
  })

  const good = await startReceiver()
  const bad = await startReceiver(500)
  const events = ['document.created', 'document.published', 'user.created']
  const { body: webhook } = await call('POST', '/api/v1/webhooks', {
    url: good.url,
    events,
    description: 'The archive',
    secret: 'a-secret-that-everybody-knows',
  })
  await call('POST', '/api/v1/webhooks', {
    url: bad.url,
    events: ['user.created'],
    description: 'A broken one',
  })
  await call('POST', `/api/v1/webhooks/${webhook.id}/test`)
  const tasks = await startReceiver((response) => {
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end('{"id":"T-7"}')
  })
  await call('POST', '/api/v1/automations', {
    name: 'New reports',
    description: 'A task for each report, and a day later a reminder',
    enabled: true,
    trigger: { type: 'event', events: ['document.published'], condition: 'data.category == "reports"' },
    steps: [
      { name: 'task', type: 'send', url: tasks.url, body: '{ "title": "Read " & data.title }' },
      { name: 'later', type: 'wait', minutes: 1440 },
      {
        name: 'mark',
        type: 'change',
        resource: 'document',
        action: 'update',
        record_id: 'data.id',
        values: '{ "category": "archive" }',
      },
    ],
  })
  await call('POST', '/api/v1/documents', {
    title: 'Sent to the archive',
    category: 'reports',
    status: 'published',
  })
  const asked = await startReceiver((response) =>
    response.end('{"allow":true,"input":{"category":"policies"}}'),
  )
  const { body: hook } = await call('POST', '/api/v1/hooks', {
    url: asked.url,
    actions: ['document.create', 'document.publish'],
    description: 'The approval of policies',
    timeout_ms: 5_000,
    status: 'paused',
  })
  for (const action of ['user.create', 'document.create'])
    await call('POST', `/api/v1/hooks/${hook.id}/test`, { action })
  await call('POST', '/api/v1/users', { username: 'late', email: 'late@example.org', password })
  await until(
    'the deliveries to be sent',
    () => (good.received.length >= 4 && bad.received.length >= 1) || undefined,
  )
  await until('the run to wait', async () => {
    const { body } = await call('GET', '/api/v1/automation-runs?status=waiting')
    return body.meta.total_count > 0 || undefined
  })
  await until('the calls of the hook to be written', async () => {
    const { body } = await call('GET', '/api/v1/hook-calls')
    return body.meta.total_count > 1 || undefined
  })
  const logged = async () => (await call('GET', '/api/v1/requests?method=POST')).body.meta.total_count
  await until('the requests to be written', async () => (await logged()) > 0 || undefined)
}
