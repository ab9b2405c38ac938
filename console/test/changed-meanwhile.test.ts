import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { signIn } from './people.ts'

/** A change that a page asks about before it is made. */
interface Change {
  name: string
  path: string
  /** Makes what is to be changed, under a name that no other has. */
  body(name: string): object
  /** What somebody else changes while the question is open. */
  theirs: object
  /** From the page of the record to the question. */
  ask(page: Page): Promise<void>
  /** The button that does it. */
  verb: string
  /** What it is afterwards; nothing where it is gone. */
  done?: object
}

const click = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click()
const choose = (name: string) => async (page: Page) => {
  await click('More')(page)
  await page.getByRole('menuitem', { name, exact: true }).click()
}

const user = {
  path: '/api/v1/users',
  body: (username: string) => ({ username, email: `${username}@example.org`, password }),
  theirs: { profile: { bio: 'Theirs' } },
}
const document = {
  path: '/api/v1/documents',
  body: (title: string) => ({ title }),
  theirs: { content: 'Theirs' },
}
const credential = {
  path: '/api/v1/credentials',
  body: (name: string) => ({ name, scopes: ['read'] }),
  theirs: { tier: 'premium' },
}
const webhook = {
  path: '/api/v1/webhooks',
  body: () => ({ url: 'http://127.0.0.1:9/hooks', events: ['user.created'] }),
  theirs: { description: 'Theirs' },
}
const category = { path: '/api/v1/categories', body: (name: string) => ({ name }), theirs: { position: 7 } }

const changes: readonly Change[] = [
  {
    name: 'suspending a user',
    ...user,
    ask: click('Suspend'),
    verb: 'Suspend',
    done: { status: 'suspended' },
  },
  {
    name: 'activating a user',
    ...user,
    body: (name) => ({ ...user.body(name), status: 'suspended' }),
    ask: click('Activate'),
    verb: 'Activate',
    done: { status: 'active' },
  },
  { name: 'deleting a user', ...user, ask: click('Delete'), verb: 'Delete' },
  {
    name: 'publishing a document',
    ...document,
    ask: click('Publish'),
    verb: 'Publish',
    done: { status: 'published' },
  },
  {
    name: 'scheduling a document',
    ...document,
    ask: click('Schedule'),
    verb: 'Schedule',
    done: { status: 'draft' },
  },
  {
    name: 'archiving a document',
    ...document,
    ask: choose('Archive'),
    verb: 'Archive',
    done: { status: 'archived' },
  },
  { name: 'deleting a document', ...document, ask: choose('Delete'), verb: 'Delete' },
  {
    name: 'revoking a key',
    ...credential,
    ask: click('Revoke'),
    verb: 'Revoke',
    done: { status: 'revoked' },
  },
  { name: 'deleting a webhook', ...webhook, ask: choose('Delete'), verb: 'Delete' },
  { name: 'deleting a category', ...category, ask: click('Delete'), verb: 'Delete' },
]

suite('a change of what somebody else has changed meanwhile', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const visitor = await signIn(browser, server)
  visitor.expect(/412/)
  const { page } = visitor
  const dialog = page.getByRole('dialog')
  let made = 0

  for (const { name, path, body, theirs, ask, verb, done } of changes) {
    test(`${name} is refused, and is done once what it is now was loaded`, async () => {
      const at = await make(path, body)
      await ask(page)
      await dialog.waitFor()
      await server.call('PATCH', at, theirs)
      const { body: before } = await server.call('GET', at)
      await dialog.getByRole('button', { name: verb, exact: true }).click()
      await dialog.getByText(/^Somebody else has changed .* since you opened it$/).waitFor()
      assert.deepEqual((await server.call('GET', at)).body, before)
      await dialog.getByRole('button', { name: 'Load the current version' }).click()
      await dialog.waitFor({ state: 'hidden' })

      await ask(page)
      await dialog.getByRole('button', { name: verb, exact: true }).click()
      await dialog.waitFor({ state: 'hidden' })
      if (done) assert.partialDeepStrictEqual((await server.call('GET', at)).body, done)
      else await assert.rejects(server.call('GET', at), /answered 404/)
      visitor.assertNothingWrong()
    })
  }

  test('pausing and resuming a webhook is refused in the same way', async () => {
    const at = await make(webhook.path, webhook.body)
    for (const [verb, status] of [
      ['Pause', 'paused'],
      ['Resume', 'active'],
    ] as const) {
      const button = page.getByRole('button', { name: verb, exact: true })
      await button.waitFor()
      await server.call('PATCH', at, { description: `Before ${verb}` })
      await button.click()
      await dialog.getByText('Somebody else has changed this webhook since you opened it').waitFor()
      assert.notEqual((await server.call('GET', at)).body.status, status)
      await dialog.getByRole('button', { name: 'Load the current version' }).click()
      await dialog.waitFor({ state: 'hidden' })
      await page.getByText(`Before ${verb}`).waitFor()
      await button.click()
      await button.waitFor({ state: 'detached' })
      assert.equal((await server.call('GET', at)).body.status, status)
    }
    visitor.assertNothingWrong()
  })

  test('a confirmation acts on the version shown when it opened, although the page keeps refreshing', async () => {
    const at = await make(credential.path, credential.body)
    await click('Revoke')(page)
    await dialog.waitFor()
    await server.call('PATCH', at, { name: 'Theirs' })
    // The page reads a key every 10 s.
    await page.getByRole('heading', { name: 'Theirs', level: 1, includeHidden: true }).waitFor()
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click()
    await dialog.getByText('Somebody else has changed “Theirs” since you opened it').waitFor()
    assert.equal((await server.call('GET', at)).body.status, 'active')
    visitor.assertNothingWrong()
  })

  test('one’s own profile: neither version is lost', async () => {
    await page.goto('/console/account')
    await page.getByLabel('First name').fill('Mine')
    const { body } = await server.call('GET', '/api/v1/users?q=admin')
    const at = `/api/v1/users/${body.data[0].id}`
    await server.call('PATCH', at, { profile: { phone: '+49 30 1' } })
    await page.getByRole('button', { name: 'Save profile' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed your profile since you opened it').waitFor()
    await alert.getByText('+49 30 1').waitFor()
    await alert.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByText('Your profile was saved.').waitFor()
    const { body: saved } = await server.call('GET', at)
    assert.partialDeepStrictEqual(saved.profile, { first_name: 'Mine', phone: '+49 30 1' })
    visitor.assertNothingWrong()
  })

  /** @returns the path of its resource, with its page open */
  async function make(path: string, body: Change['body']): Promise<string> {
    const { id } = (await server.call('POST', path, body(`record${++made}`))).body
    const place = path.replace(/^\/api\/v1\/(credentials|webhooks)?/, (_, own = '') =>
      own ? `/console/developer/${own}` : '/console/',
    )
    await page.goto(`${place}/${id}`)
    return `${path}/${id}`
  }
})
