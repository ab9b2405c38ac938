import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('the search of everything', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  const admin = await server.user('admin', 'admin')
  await server.user('normal', 'daphne')
  await server.call('POST', '/api/v1/documents', { title: 'Lighthouse budget', status: 'published' })
  for (let i = 0; i < 6; i++)
    await server.call('POST', '/api/v1/documents', { title: `Harbour ${i}`, status: 'published' })
  await server.user('normal', 'lighthouse-keeper')
  await server.call('POST', '/api/v1/credentials', { name: 'Lighthouse sync', scopes: ['documents:read'] })
  await server.call('POST', '/api/v1/webhooks', {
    url: 'http://127.0.0.1:9/lighthouse',
    events: ['document.created'],
    owner_id: admin.id,
  })

  test('Ctrl+K finds records of every kind, and Enter opens the chosen one', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    await dialog.waitFor()
    await page.keyboard.type('lightho')
    await dialog.getByText('4 results', { exact: true }).waitFor()
    const named = await dialog
      .getByRole('group')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))
    assert.deepEqual(named, ['Documents', 'Users', 'API credentials', 'Webhooks'])
    await assertAccessible(page)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'lighthouse-keeper' }).waitFor()
    assert.equal(await dialog.count(), 0)
    visitor.assertNothingWrong()
  })

  test('a record is found by its number, with or without #, and before those with the number in their text', async () => {
    const { body } = await server.call('POST', '/api/v1/documents', { title: 'Found by number' })
    await server.call('POST', '/api/v1/documents', { title: `Room ${body.id}`, status: 'published' })
    const visitor = await signIn(browser, server)
    // Nothing else has this number.
    visitor.expect(/404/)
    const { page } = visitor
    await page.goto('/console')
    await page.getByRole('button', { name: 'Find anything' }).click()
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    const documents = dialog.getByRole('group', { name: 'Documents' }).getByRole('option')
    for (const words of [`#${body.id}`, String(body.id)]) {
      await dialog.getByRole('combobox').fill(words)
      await documents
        .filter({ hasText: 'Found by number' })
        .filter({ hasText: `#${body.id}` })
        .waitFor()
      assert.match((await documents.allInnerTexts())[0] ?? '', /^Found by number/)
    }
    await documents.filter({ hasText: `Room ${body.id}` }).waitFor()
    await dialog.getByRole('combobox').fill(`#${admin.id}`)
    await dialog.getByRole('group', { name: 'Users' }).getByRole('option', { name: 'admin' }).click()
    await page.getByRole('heading', { level: 1, name: 'admin' }).waitFor()
    visitor.assertNothingWrong()
  })

  test('it finds pages and guides, and leads to the whole list', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/documents')
    await page.getByRole('button', { name: 'Find anything' }).click()
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    const field = dialog.getByRole('combobox')
    await field.fill('audit log')
    await dialog.getByRole('group', { name: 'Pages' }).getByRole('option', { name: 'Audit log' }).waitFor()
    await dialog.getByRole('group', { name: 'Documentation' }).waitFor()
    await field.fill('harbour')
    await dialog.getByRole('option', { name: 'All 6 Documents' }).click()
    await page.waitForURL('**/console/documents?q=harbour')
    await page.getByText('6 entries').waitFor()
    visitor.assertNothingWrong()
  })

  test('nobody is shown what they may not see, and Escape returns the focus', async () => {
    const visitor = await signIn(browser, server, 'daphne')
    const { page } = visitor
    await page.goto('/console')
    await page.getByRole('heading', { level: 1 }).waitFor()
    const button = page.getByRole('button', { name: 'Find anything' })
    await button.click()
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    await dialog.getByRole('combobox').fill('lighthouse')
    await dialog.getByText('1 result', { exact: true }).waitFor()
    await dialog.getByRole('option', { name: 'Lighthouse budget' }).waitFor()
    await dialog.getByRole('combobox').fill('roles')
    await dialog.getByRole('group', { name: 'Documentation' }).waitFor()
    assert.equal(await dialog.getByRole('group', { name: 'Pages' }).count(), 0)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.waitForFunction('document.activeElement?.getAttribute("aria-label") === "Find anything"')
    visitor.assertNothingWrong()
  })

  test('a part that cannot be searched is named, and the others are shown', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    visitor.expect(/503/)
    await page.route('**/api/v1/webhooks?*', (route) =>
      route.fulfill({
        status: 503,
        json: {
          error: { code: 'service_unavailable', message: 'Not now', details: 'The searches are busy.' },
        },
      }),
    )
    await page.goto('/console')
    await page.getByRole('button', { name: 'Find anything' }).click()
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    await dialog.getByRole('combobox').fill('lighthouse')
    await dialog.getByText('Webhooks could not be searched: The searches are busy.').waitFor()
    await dialog.getByRole('option', { name: 'Lighthouse budget' }).waitFor()
    visitor.assertNothingWrong()
  })

  test('the lists of keys and webhooks are searched and filtered', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/webhooks')
    await page.getByLabel('Search', { exact: true }).fill('lighthouse')
    await page.getByText('1 entry').waitFor()
    await page.getByLabel('Status', { exact: true }).selectOption('disabled')
    await page.getByText('Nothing matches').waitFor()
    await page.goto('/console/developer/credentials?status=active&q=lighthouse')
    await page.getByRole('link', { name: 'Lighthouse sync' }).waitFor()
    await page.getByText('1 entry').waitFor()
    visitor.assertNothingWrong()
  })
})
