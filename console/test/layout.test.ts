import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { assertReachable } from './reach.ts'
import { seed } from './seed.ts'
import { visit } from './visitor.ts'

/** Pages that are a form, with the label of their first field. */
const forms = [
  ['/console/users/new', 'Username'],
  ['/console/users/2/edit', 'Username'],
  ['/console/documents/new', 'Title'],
  ['/console/documents/1/edit', 'Title'],
  ['/console/categories/new', 'Name'],
  ['/console/categories/1/edit', 'Name'],
  ['/console/roles/new', 'Name'],
  ['/console/roles/5/edit', 'Description'],
  ['/console/developer/credentials/new', 'Name'],
  ['/console/developer/credentials/2/edit', 'Name'],
  ['/console/developer/requests/new', 'Name'],
  ['/console/developer/webhooks/new', 'Destination URL'],
  ['/console/developer/webhooks/1/edit', 'Destination URL'],
] as const

/** Dialogs with fields: what opens them, and the label of their first field. */
const dialogs = [
  ['/console/documents/4', ['Schedule'], 'Publish at'],
  ['/console/documents/1', ['Who may see this?'], 'a user'],
  ['/console/users/2', ['What may they do?'], 'Action'],
  ['/console/users/3', ['Erase…'], 'Type johndoe to confirm'],
  ['/console/developer/credentials/2', ['Rotate secret'], 'The old secret works for'],
  ['/console/developer/webhooks/1', ['More', 'Hand over…'], 'A user'],
  ['/console/developer/webhooks/1', ['More', 'Send past events…'], 'Since'],
] as const

const hebrew = 'שלום לכולם'
const long = 'An annual report with a title that goes on and on '.repeat(6).trim()

suite('the layout of the console', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seed(server)
  const browser = await startChromium()
  const visitor = await signIn(browser, server)
  const { page, assertNothingWrong } = visitor
  const create = async (path: string, fields: object): Promise<number> =>
    (await server.call('POST', `/api/v1/${path}`, fields)).body.id

  test('the first field of each form has the focus, by an address and by a link', async () => {
    for (const [path, label] of forms) {
      await page.goto(path)
      await assertFocused(page, label, path)
    }
    await page.goto('/console/users')
    await page.getByRole('link', { name: 'New user', exact: true }).click()
    await assertFocused(page, 'Username', 'after a click')
    const guest = await visit(browser, server.url)
    await guest.page.goto('/sign-in')
    await assertFocused(guest.page, 'Username or email', '/sign-in')
    await guest.page.goto(await server.newPasswordPath('grace'))
    await assertFocused(guest.page, 'New password', 'a link for a new password')
    guest.assertNothingWrong()
    assertNothingWrong()
  })

  test('the first field of each dialog has the focus', async () => {
    for (const [path, clicks, label] of dialogs) {
      await page.goto(path)
      for (const name of clicks)
        await page
          .getByRole('button', { name, exact: true })
          .or(page.getByRole('menuitem', { name, exact: true }))
          .click()
      await page.getByRole('dialog').waitFor()
      await assertFocused(page, label, `${path} ${clicks.join(' ')}`)
    }
    assertNothingWrong()
  })

  test('the focus stays where it is if the reader has moved before a form arrives', async () => {
    await page.route('**/api/v1/documents/1', async (route) => {
      await page.getByRole('button', { name: 'Switch to the dark theme' }).focus()
      await route.continue()
    })
    await page.goto('/console/documents/1/edit')
    await page.getByLabel('Title', { exact: true }).waitFor()
    assert.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Switch to the dark theme')
    await page.unrouteAll()
    assertNothingWrong()
  })

  test('the menu of the account is whole at 320 px, with any name', async () => {
    await server.call('POST', '/api/v1/users', {
      username: 'w'.repeat(50),
      email: 'w@example.org',
      password,
      role: 'admin',
    })
    const narrow = await signIn(browser, server, 'w'.repeat(50), { width: 320 })
    await narrow.page.getByRole('button', { name: /^Signed in as/ }).click()
    const menu = narrow.page.getByRole('menu')
    await menu.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    const box = await menu.boundingBox()
    assert.ok(box && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box))
    assert.equal(await narrow.page.evaluate('document.documentElement.scrollWidth'), 320)
    for (const item of await menu.getByRole('menuitem').all()) await item.click({ trial: true })
    narrow.assertNothingWrong()
    await narrow.context.close()
  })

  test('what needs attention fits into 320 and 390 px', async () => {
    await create('credentials', {
      name: 'Rindfleischetikettierungsüberwachungsaufgaben'.repeat(2),
      scopes: ['read'],
      expires_at: new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, ''),
    })
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto('/console')
      const box = page.getByRole('status').filter({ hasText: 'This needs attention' })
      await box.waitFor()
      const { scrollWidth, clientWidth } = await box.evaluate(({ scrollWidth, clientWidth }) => ({
        scrollWidth,
        clientWidth,
      }))
      assert.ok(scrollWidth <= clientWidth, `${scrollWidth} px in ${clientWidth}`)
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      await assertReachable(page, `the overview at ${width} px`)
    }
    assertNothingWrong()
  })

  test('a long title in the trail takes one line, and is whole on hover', async () => {
    const id = await create('documents', { title: long })
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`/console/documents/${id}/edit`)
      const step = page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: long })
      const box = await step.boundingBox()
      assert.ok(box && box.height < 30 && box.x + box.width <= width, JSON.stringify(box))
      assert.equal(await step.getAttribute('title'), long)
    }
    await page.setViewportSize({ width: 1280, height: 900 })
    assertNothingWrong()
  })

  test('text of people has the direction of its script, where it is shown and where it is typed', async () => {
    const category = 'מסמכים'
    const id = await create('documents', {
      title: hebrew,
      category,
      content: `# ${hebrew}\n\n${hebrew}\n\nLatin text\n\n- ${hebrew}\n\n> ${hebrew}\n\n| ${hebrew} |\n| --- |\n| ${hebrew} |\n`,
    })
    const plain = await create('documents', { title: 'Plain', content_type: 'text/plain', content: hebrew })
    await server.call('PATCH', `/api/v1/documents/${id}`, { title: `${hebrew} 2`, content: hebrew })
    await server.call('POST', `/api/v1/documents/${id}/revisions/1/restore`)
    const user = await create('users', {
      username: 'נועה',
      email: 'noa@example.org',
      password,
      profile: { first_name: 'נועה', last_name: 'כהן', bio: hebrew },
    })
    const key = await create('credentials', { name: hebrew, scopes: ['read'] })
    const role = await create('roles', { name: 'reader', description: hebrew, scopes: ['documents:read'] })
    for (const path of [
      'documents',
      `documents/${id}`,
      `documents/${id}/edit`,
      `documents/${id}/revisions`,
      `documents/${id}/revisions/2`,
      `documents/${plain}`,
      'categories',
      'users',
      `users/${user}`,
      `users/${user}/edit`,
      'developer/credentials',
      `developer/credentials/${key}`,
      `developer/credentials/${key}/edit`,
      'roles',
      `roles/${role}`,
      `roles/${role}/edit`,
    ]) {
      await page.goto(`/console/${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      assert.deepEqual(await page.evaluate(wrongDirections), [], path)
    }
    await page.goto(`/console/documents/${id}`)
    await page.getByText('Latin text', { exact: true }).waitFor()
    const latin = "[...document.querySelectorAll('main p')].find((p) => p.textContent === 'Latin text')"
    assert.equal(await page.evaluate(`getComputedStyle(${latin}).direction`), 'ltr')
    assertNothingWrong()
  })

  test('a printed page is its content, dark on white', async () => {
    const dark = await signIn(browser, server, 'admin', { theme: 'dark' })
    const { page } = dark
    for (const path of [
      '/console/documents/1',
      '/console/users',
      '/docs/webhooks',
      '/docs/reference/listDocuments',
    ]) {
      await page.goto(path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      await page.emulateMedia({ media: 'print' })
      assert.equal(await page.getByRole('banner').isVisible(), false, path)
      assert.equal(
        await page.getByRole('navigation', { name: /^(Console|Documentation)$/ }).isVisible(),
        false,
        path,
      )
      const left = (await page.getByRole('heading', { level: 1 }).boundingBox())?.x
      const colours = await page.evaluate(
        "[getComputedStyle(document.querySelector('h1')).color, getComputedStyle(document.body).backgroundColor]",
      )
      assert.ok(left !== undefined && left < 40, `${path} begins at ${left} px`)
      assert.deepEqual(colours, ['rgb(0, 0, 0)', 'rgb(255, 255, 255)'], path)
      await page.emulateMedia({ media: 'screen' })
    }
    dark.assertNothingWrong()
    await dark.context.close()
  })
})

async function assertFocused(page: Page, label: string, where: string): Promise<void> {
  const field = page.locator(':focus:is(input, textarea, select)')
  await field.waitFor({ timeout: 5_000 }).catch(() => assert.fail(`no field has the focus: ${where}`))
  assert.equal(await page.getByLabel(label, { exact: true }).and(field).count(), 1, where)
}

/** Hebrew words, and fields that hold some, whose direction is from left to right. */
const wrongDirections = `(() => {
  const isHebrew = (text) => /^[“\\s]*[\\u0590-\\u05ff]/.test(text)
  const found = []
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode
    if (isHebrew(data) && parentElement.checkVisibility() && getComputedStyle(parentElement).direction !== 'rtl')
      found.push(parentElement.outerHTML.slice(0, 160))
  }
  for (const field of document.querySelectorAll('main :is(input, textarea)'))
    if (isHebrew(field.value) && getComputedStyle(field).direction !== 'rtl') found.push(field.outerHTML.slice(0, 160))
  return found
})()`
