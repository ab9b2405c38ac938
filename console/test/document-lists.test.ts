import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { download } from './download.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('lists of documents', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)
  const editor = await signIn(browser, server, 'johndoe')
  const { page } = editor
  const idOf = async (title: string): Promise<number> =>
    (await server.call('GET', `/api/v1/documents?q=${encodeURIComponent(title)}`)).body.data[0].id
  const create = async (fields: object): Promise<number> =>
    (await server.call('POST', '/api/v1/documents', fields)).body.id

  test('filters and page live in the address, and Back goes back through them', async () => {
    await page.goto('/console/documents')
    await page.getByText('24 entries, page 1 of 2').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('page 2 of 2').waitFor()
    await page.getByRole('combobox', { name: 'Category' }).fill('policies')
    await page.getByRole('combobox', { name: 'Category' }).press('Enter')
    await page.getByText('8 entries').waitFor()
    assert.equal(new URL(page.url()).search, '?category=policies')
    await page.getByLabel('Status').selectOption('draft')
    await page.getByText('2 entries').waitFor()
    await page.getByRole('combobox', { name: 'Author' }).fill('johnd')
    await page.getByRole('option', { name: 'johndoe' }).click()
    await page.waitForURL(/author_id=\d+/)
    await page.getByText('2 entries').waitFor()
    await page.getByRole('combobox', { name: 'Author' }).fill('adm')
    await page.getByRole('option', { name: 'admin' }).click()
    await page.getByText('Nothing matches').waitFor()
    const shared = page.url()

    const other = await signIn(browser, server, 'grace')
    await other.page.goto(shared)
    await other.page.getByText('Nothing matches').waitFor()
    await other.page.locator('input[value="admin"]').waitFor()
    assert.equal(await other.page.getByRole('combobox', { name: 'Author' }).inputValue(), 'admin')
    other.assertNothingWrong()
    await other.context.close()

    await page.goBack()
    await page.getByText('2 entries').waitFor()
    await page.goBack()
    await page.waitForURL('**/documents?category=policies&status=draft')
    await page.goBack()
    await page.getByText('8 entries').waitFor()
    await page.goBack()
    await page.getByText('page 2 of 2').waitFor()
    editor.assertNothingWrong()
  })

  test('a list tells which drafts are scheduled, and can be narrowed to them', async () => {
    const id = await create({ title: 'Planned', publish_at: '2099-01-01T09:00:00Z' })
    await create({ title: 'Not planned' })
    await page.goto('/console/documents')
    await page.getByRole('row', { name: 'Planned general scheduled' }).waitFor()
    await page.getByRole('row', { name: 'Not planned general draft' }).waitFor()
    await page.getByRole('button', { name: 'More filters' }).click()
    await page.getByLabel('Schedule').selectOption('Scheduled')
    await page.waitForURL(/scheduled=true/)
    await page.getByRole('link', { name: 'Not planned' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Planned', exact: true }).waitFor()
    await server.call('DELETE', `/api/v1/documents/${id}`)
    editor.assertNothingWrong()
  })

  test('matching documents are downloaded, for spreadsheets and for programs', async () => {
    await page.goto('/console/documents?category=policies&status=draft')
    await page.getByText('entries').waitFor()
    const csv = await download(page, 'CSV, for spreadsheets')
    assert.match(csv.name, /^documents-\d{4}-\d\d-\d\d\.csv$/)
    assert.match(csv.text, /^id,title,category,status,/)
    const ndjson = await download(page, 'NDJSON, for programs')
    assert.match(ndjson.name, /\.ndjson$/)
    const titles = ndjson.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).title)
    assert.deepEqual(titles.slice(0, 2), ['New Policy Document 12', 'New Policy Document 24'])
    editor.assertNothingWrong()
  })

  test('a developer reads all, and a normal user what is published; neither is shown how to write', async () => {
    const draft = await idOf('New Policy Document 12')
    for (const [name, role] of [
      ['grace', 'developer'],
      ['newuser', 'normal'],
    ] as const) {
      const reader = await signIn(browser, server, name)
      const seesDrafts = role === 'developer'
      const { page } = reader
      await page.goto('/console/documents')
      await page.getByText('entries').waitFor()
      for (const label of ['New document', 'Trash'])
        assert.equal(await page.getByRole('link', { name: label }).count(), 0)
      assert.equal(await page.getByLabel('Status').count(), seesDrafts ? 1 : 0)
      assert.equal(await page.getByRole('combobox', { name: 'Author' }).count(), seesDrafts ? 1 : 0)
      await page.getByRole('link', { name: 'Annual Report 2023' }).click()
      await page.getByText('What happened, and').waitFor()
      for (const label of ['Publish', 'Schedule', 'More'])
        assert.equal(await page.getByRole('button', { name: label }).count(), 0)
      assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0)
      for (const path of ['new', 'trash', `${draft}/edit`]) {
        await page.goto(`/console/documents/${path}`)
        await page.getByText(`Your role is ${role}`).waitFor()
      }
      if (!seesDrafts) {
        reader.expect(/404/)
        await page.goto(`/console/documents/${draft}`)
        await page.getByText(`There is no document with id ${draft}.`).waitFor()
        await page.goto(`/console/documents/${await idOf('Annual Report 2023')}/revisions`)
        await page.getByText('Your role is normal').waitFor()
      }
      reader.assertNothingWrong()
      await reader.context.close()
    }
  })
})
