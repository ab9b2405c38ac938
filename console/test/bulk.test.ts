import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('several records at once', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')

  const create = async (title: string, more: object = {}): Promise<number> =>
    (await server.call('POST', '/api/v1/documents', { title, category: 'bulk', ...more })).body.id
  const read = async (id: number) => (await server.call('GET', `/api/v1/documents/${id}`)).body
  const box = (page: Page, name: string) =>
    page.getByRole('checkbox', { name: `Select ${name}`, exact: true })
  const bar = (page: Page) => page.getByRole('region', { name: 'Selection' })
  async function act(page: Page, verb: string): Promise<void> {
    await bar(page).getByRole('button', { name: verb, exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: verb, exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
  }

  test('documents are published together, and Undo restores those that nobody has changed since', async () => {
    const publish_at = '2099-01-15T08:30:00Z'
    const one = await create('One')
    const two = await create('Two', { publish_at })
    const three = await create('Three', { status: 'published' })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/documents?category=bulk')
    await box(page, 'Three').check()
    await box(page, 'One').click({ modifiers: ['Shift'] })
    await bar(page).getByText('3 selected', { exact: true }).waitFor()
    await assertAccessible(page)
    await act(page, 'Publish')
    await page.getByText('2 documents published.').waitFor()
    assert.deepEqual(await Promise.all([one, two, three].map(async (id) => (await read(id)).status)), [
      'published',
      'published',
      'published',
    ])
    await server.call('PATCH', `/api/v1/documents/${one}`, { title: 'One, by somebody else' })
    const before = await read(three)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: 1 document is as it was.').waitFor()
    await page.getByText('Not undone for 1 document: “One”: It was changed by somebody else since.').waitFor()
    const [first, second] = [await read(one), await read(two)]
    assert.deepEqual([first.status, first.title], ['published', 'One, by somebody else'])
    assert.deepEqual([second.status, second.publish_at], ['draft', publish_at])
    assert.deepEqual(await read(three), before)
    visitor.assertNothingWrong()
  })

  test('a new category, the trash and back: what fails is named and stays selected', async () => {
    const gone = await create('Gone', { category: 'moving' })
    const kept = await create('Kept', { category: 'moving' })
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/documents?category=moving')
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
    await server.call('DELETE', `/api/v1/documents/${gone}`)
    await bar(page).getByRole('button', { name: 'Change category' }).click()
    const dialog = page.getByRole('dialog', { name: 'Move 2 documents to another category?' })
    await dialog.getByRole('combobox', { name: 'Category' }).fill('moved')
    await dialog.getByRole('button', { name: 'Change category' }).click()
    await page.getByText('1 document not changed').waitFor()
    await page.getByRole('link', { name: 'Gone', exact: true }).first().waitFor()
    assert.equal((await read(kept)).category, 'moved')

    await page.goto('/console/documents?category=moved')
    await box(page, 'Kept').check()
    await act(page, 'Delete')
    await page.getByText('1 document moved to the trash.').waitFor()
    await page.goto('/console/documents/trash')
    await box(page, 'Kept').check()
    await box(page, 'Gone').check()
    await act(page, 'Restore')
    await page.getByText('2 documents restored.').waitFor()
    assert.equal((await read(gone)).category, 'moving')
    visitor.assertNothingWrong()
  })

  const createMany = async (count: number, category: string, status = 'draft') => {
    for (let first = 0; first < count; first += 100) {
      const items = Array.from({ length: Math.min(100, count - first) }, (_, i) => ({
        action: 'create',
        data: { title: `Paper ${first + i + 1}`, category, status },
      }))
      await server.call('POST', '/api/v1/documents/batch?atomic=true', { items })
    }
  }
  const countOf = async (query: string): Promise<number> =>
    (await server.call('GET', `/api/v1/documents?limit=1&${query}`)).body.meta.total_count
  const selectAll = async (page: Page) =>
    page.getByRole('checkbox', { name: 'Select all on this page' }).check()

  test('all that match are changed and restored together, over several pages, and nothing else', async () => {
    await createMany(230, 'many')
    await createMany(30, 'others')
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/documents?category=many')
    await selectAll(page)
    await bar(page).getByText('20 selected', { exact: true }).waitFor()
    await bar(page).getByRole('button', { name: 'Select all 230 that match', exact: true }).click()
    await bar(page).getByText('230 selected, also on other pages', { exact: true }).waitFor()
    await box(page, 'Paper 230').uncheck()
    await bar(page).getByText('229 selected, also on other pages', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByText('page 2 of 12').waitFor()
    await bar(page).getByText('229 selected, also on other pages', { exact: true }).waitFor()
    await bar(page).getByRole('button', { name: 'Archive', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Archive 229 documents?' })
    await dialog.getByText('These are on several pages, and are changed 100 at a time.').waitFor()
    await assertAccessible(page)
    await dialog.getByRole('button', { name: 'Archive', exact: true }).click()
    await page.getByText('229 documents archived.').waitFor()
    assert.equal(await countOf('category=many&status=archived'), 229)
    assert.equal(await countOf('category=others&status=draft'), 30)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: 229 documents are as they were.').waitFor()
    assert.equal(await countOf('category=many&status=draft'), 230)

    await page.goto('/console/documents?category=many')
    await selectAll(page)
    await bar(page).getByRole('button', { name: 'Select all 230 that match', exact: true }).click()
    await bar(page).getByText('230 selected, also on other pages', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.waitForURL((url) => url.search === '')
    await bar(page)
      .getByText(/on other pages/)
      .waitFor({ state: 'detached' })
    visitor.assertNothingWrong()
  })

  test('of a change in several requests, what was done before one failed is told and undone', async () => {
    await createMany(130, 'halves')
    const visitor = await signIn(browser, server)
    visitor.expect(/403/)
    const { page } = visitor
    await page.goto('/console/documents?category=halves')
    await selectAll(page)
    await bar(page).getByRole('button', { name: 'Select all 130 that match', exact: true }).click()
    await bar(page).getByText('130 selected, also on other pages', { exact: true }).waitFor()
    let sent = 0
    await page.route('**/api/v1/documents/batch*', (route) => {
      const error = { code: 'permission_denied', message: 'Not allowed', details: 'The role has changed.' }
      return ++sent === 2 ? route.fulfill({ status: 403, json: { error } }) : route.continue()
    })
    await act(page, 'Publish')
    await page.getByText('100 documents published.').waitFor()
    await page.getByText('30 documents not changed').waitFor()
    await page.getByText('The role has changed.').first().waitFor()
    await bar(page).getByText('30 selected', { exact: false }).waitFor()
    assert.equal(await countOf('category=halves&status=published'), 100)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: 100 documents are as they were.').waitFor()
    assert.equal(await countOf('category=halves&status=draft'), 130)
    visitor.assertNothingWrong()
  })

  test('at most 1,000 are selected at once', async () => {
    await createMany(1_010, 'thousands')
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/documents?category=thousands&limit=100')
    await selectAll(page)
    await bar(page).getByRole('button', { name: 'Select the first 1,000 that match', exact: true }).click()
    await bar(page).getByText('1,000 selected, also on other pages', { exact: true }).waitFor()
    await act(page, 'Delete')
    await page.getByText('1,000 documents moved to the trash.').waitFor()
    await page.getByText('10 entries', { exact: true }).waitFor()
    assert.equal(await countOf('category=thousands'), 10)
    visitor.assertNothingWrong()
  })

  test('users are suspended and activated together, but not oneself', async () => {
    const ids: number[] = []
    for (const name of ['ada', 'bob']) ids.push((await server.user('normal', name)).id)
    const statuses = async () =>
      Promise.all(ids.map(async (id) => (await server.call('GET', `/api/v1/users/${id}`)).body.status))
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/users')
    await box(page, 'ada').waitFor()
    assert.equal(await box(page, 'admin').count(), 0)
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check()
    await act(page, 'Suspend')
    await page.getByText('2 users suspended.').waitFor()
    await until(
      'the focus to be at the start of the page',
      async () => (await page.evaluate('document.activeElement?.id')) === 'main' || undefined,
    )
    assert.deepEqual(await statuses(), ['suspended', 'suspended'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: 2 users are as they were.').waitFor()
    assert.deepEqual(await statuses(), ['active', 'active'])
    visitor.assertNothingWrong()
  })

  test('people who may not write documents have no checkboxes', async () => {
    await create('Read only', { category: 'reading', status: 'published' })
    await server.user('normal', 'reader')
    const visitor = await signIn(browser, server, 'reader')
    const { page } = visitor
    await page.goto('/console/documents?category=reading')
    await page.getByRole('link', { name: 'Read only', exact: true }).waitFor()
    assert.equal(await page.getByRole('checkbox').count(), 0)
    visitor.assertNothingWrong()
  })
})
