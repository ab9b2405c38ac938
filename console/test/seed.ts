import { until } from '../../server/test/until.ts'
import type { ConsoleServer } from './console-server.ts'
import { password, startReceiver } from './console-server.ts'

/** Enough of everything that no page is empty. */
export async function seed(server: ConsoleServer): Promise<void> {
  const { call } = server
  await call('POST', '/api/v1/users', {
    username: 'admin',
    email: 'admin@example.org',
    password,
    role: 'admin',
    profile: { first_name: 'Ada', last_name: 'Minister', bio: 'Keeps the server.' },
  })
  const people = [
    ['editor', 'johndoe', 'John', 'Doe'],
    ['developer', 'grace', 'Grace', 'Hopper'],
    ['normal', 'newuser', 'New', 'User'],
  ] as const
  for (const [role, username, first_name, last_name] of people) {
    const profile = { first_name, last_name, phone: '+1234567890', bio: 'System editor and content manager' }
    await call('POST', '/api/v1/users', {
      username,
      email: `${username}@example.org`,
      password,
      role,
      profile,
    })
  }
  for (let i = 1; i <= 24; i++) {
    await call('POST', '/api/v1/documents', {
      title: i % 3 === 0 ? `New Policy Document ${i}` : `Annual Report ${2000 + i}`,
      category: i % 3 === 0 ? 'policies' : 'reports',
      status: i % 4 === 0 ? 'draft' : 'published',
      content: `# Report ${i}\n\nWhat happened, and **why**.\n\n- one\n- two\n\n> A quotation.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n`,
    })
  }
  await call('PATCH', '/api/v1/documents/1', {
    content: '# Report 1\n\nWhat happened, and *when*.\n\n- one\n- three\n',
  })
  await call('DELETE', '/api/v1/documents/24')
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
  await call('POST', '/api/v1/documents', {
    title: 'Sent to the archive',
    category: 'reports',
    status: 'published',
  })
  await call('POST', '/api/v1/users', { username: 'late', email: 'late@example.org', password })
  await until(
    'the deliveries to be sent',
    () => (good.received.length >= 4 && bad.received.length >= 1) || undefined,
  )
}
