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
