import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

const everyPage = [
  ['', '/me'],
  ['/users', '/users'],
  ['/users/new', '/users/trash'],
  ['/users/trash', '/users/trash'],
  ['/users/2/edit', '/users/trash'],
  ['/roles', '/roles'],
  ['/roles/new', '/roles'],
  ['/documents', '/documents'],
  ['/documents/new', '/documents/trash'],
  ['/documents/trash', '/documents/trash'],
  ['/documents/1/edit', '/documents/trash'],
  ['/documents/1/revisions', '/documents/1/revisions'],
  ['/categories', '/categories'],
  ['/categories/new', '/categories/trash'],
  ['/categories/trash', '/categories/trash'],
  ['/automations', '/automations'],
  ['/automations/new', '/automation-runs'],
  ['/audit', '/audit-log'],
  ['/developer/credentials', '/credentials'],
  ['/developer/credentials/new', '/usage'],
  ['/developer/applications', '/applications'],
  ['/developer/applications/new', '/applications'],
  ['/developer/requests', '/credential-requests'],
  ['/developer/requests/new', '/credential-requests'],
  ['/developer/webhooks', '/webhooks'],
  ['/developer/webhooks/new', '/delivery-outcomes'],
  ['/developer/hooks', '/hooks'],
  ['/developer/hooks/new', '/hook-calls'],
  ['/developer/events', '/events'],
  ['/developer/request-log', '/requests'],
  ['/account', '/me'],
] as const

const roles = [
  {
    role: 'admin',
    username: 'admin',
    places: [
      'Overview',
      'Users',
      'Roles',
      'Documents',
      'Categories',
      'Automations',
      'Mail',
      'Audit log',
      'API Credentials',
      'Applications',
      'Key requests',
      'Webhooks',
      'Hooks',
      'Events',
      'Requests',
      'My account',
    ],
    closed: [],
  },
  {
    role: 'editor',
    username: 'johndoe',
    places: [
      'Overview',
      'Users',
      'Documents',
      'Categories',
      'API Credentials',
      'Key requests',
      'Requests',
      'My account',
    ],
    closed: [
      /^\/users\//,
      /^\/roles/,
      /^\/(audit|automations)/,
      /^\/developer\/((credentials|webhooks)\/new|events|hooks|applications)/,
    ],
  },
  {
    role: 'developer',
    username: 'grace',
    places: [
      'Overview',
      'Users',
      'Documents',
      'Categories',
      'API Credentials',
      'Key requests',
      'Webhooks',
      'Events',
      'Requests',
      'My account',
    ],
    closed: [
      /^\/users\//,
      /^\/roles/,
      /^\/documents\/(new|trash|1\/edit)/,
      /^\/categories\//,
      /^\/(audit|automations)/,
      /^\/developer\/(hooks|applications)/,
    ],
  },
  {
    role: 'normal',
    username: 'newuser',
    places: [
      'Overview',
      'Documents',
      'Categories',
      'API Credentials',
      'Key requests',
      'Requests',
      'My account',
    ],
    closed: [
      /^\/users/,
      /^\/roles/,
      /^\/documents\//,
      /^\/categories\//,
      /^\/(audit|automations)/,
      /^\/developer\/((credentials|webhooks)\/new|events|hooks|applications)/,
    ],
  },
] as const

suite('what each role sees and cannot reach', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)

  for (const { role, username, places, closed } of roles) {
    test(`${role}: ${places.length} places, and ${role === 'admin' ? 'every' : 'no other'} page behind them`, async () => {
      const visitor = await signIn(browser, server, username)
      const { page } = visitor
      const menu = page.getByRole('navigation', { name: 'Console' }).getByRole('link')
      assert.deepEqual(
        (await menu.allInnerTexts()).map((text) => text.trim()),
        places,
      )
      for (const [path, call] of everyPage) {
        const isClosed = closed.some((pattern) => pattern.test(path))
        await page.goto(`/console${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        const refusal = page.getByText(`Your role is ${role}`)
        assert.equal(await refusal.count(), isClosed ? 1 : 0, path)
        // The page is shut, and so is what it would have shown: the server decides, too.
        const answer = await page.context().request.get(`/api/v1${call}`)
        assert.equal(answer.status(), isClosed ? 403 : 200, call)
      }
      visitor.assertNothingWrong()
      await visitor.context.close()
    })
  }

  test('a developer keeps keys of their own, and those of others might as well not exist', async () => {
    const { body } = await server.call('POST', '/api/v1/credentials', {
      name: 'Not theirs',
      scopes: ['read'],
    })
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    await page.goto('/console/developer/credentials')
    await page.getByText('No key yet').waitFor()
    visitor.expect(/404/)
    await page.goto(`/console/developer/credentials/${body.id}`)
    await page.getByText(`There is no credential with id ${body.id}.`).waitFor()
    visitor.assertNothingWrong()
  })
})
