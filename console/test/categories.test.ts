import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { download } from './download.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('categories', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)
  const editor = await signIn(browser, server, 'johndoe')
  const { page } = editor

  test('a category is made, listed with its documents, changed and found by what it is called', async () => {
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Categories' }).click()
    await page.getByText('No category yet').waitFor()
    const inUse = page.getByRole('region', { name: 'Categories in use' })
    await inUse
      .getByRole('listitem')
      .filter({ hasText: 'reports' })
      .filter({ hasText: '16 documents' })
      .waitFor()
    await inUse.getByRole('link', { name: 'policies', exact: true }).click()
    await page.waitForURL('**/console/documents?category=policies')
    await page.getByText('8 entries').waitFor()
    await page.goBack()
    await page.getByRole('link', { name: 'New category' }).first().click()
    await page.getByLabel('Name').fill('policies')
    await page.getByLabel('Description').fill('What holds for everybody')
    await page.getByRole('button', { name: 'Create category' }).click()
    await page.getByRole('heading', { name: 'policies', level: 1 }).waitFor()
    await page.getByText('Slug').locator('+ dd', { hasText: 'policies' }).waitFor()
    await page.getByText('Documents', { exact: true }).locator('+ dd', { hasText: '8' }).waitFor()

    await page.getByRole('link', { name: 'Change' }).click()
    await page.getByLabel('Position').fill('3')
    await page.getByLabel('Description').fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Position').locator('+ dd', { hasText: '3' }).waitFor()
    const { body } = await server.call('GET', '/api/v1/categories')
    assert.partialDeepStrictEqual(body.data[0], {
      name: 'policies',
      slug: 'policies',
      description: '',
      position: 3,
    })

    await page.getByRole('link', { name: 'Categories' }).first().click()
    await page.getByRole('row', { name: 'policies policies 3 8' }).getByRole('link', { name: '8' }).click()
    await page.getByText('8 entries').waitFor()
    editor.assertNothingWrong()
  })

  test('errors of the API appear beside their fields, and leaving does not lose unsaved input', async () => {
    await page.goto('/console/categories/new')
    await page.getByLabel('Name').fill('POLICIES')
    await page.getByLabel('Slug').fill('No Slug')
    editor.expect(/400/, /409/)
    await page.getByRole('button', { name: 'Create category' }).click()
    await page.getByLabel('Slug').and(page.locator('[aria-invalid="true"]')).waitFor()
    await page.getByLabel('Slug').fill('rules')
    await page.getByRole('button', { name: 'Create category' }).click()
    await page.getByLabel('Name').and(page.locator('[aria-invalid="true"]')).waitFor()
    await page.getByText('already taken').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.waitForURL('**/console/categories')
    editor.assertNothingWrong()
  })

  test('a form shows what somebody else has changed meanwhile', async () => {
    const { body } = await server.call('POST', '/api/v1/categories', { name: 'Minutes' })
    await page.goto(`/console/categories/${body.id}/edit`)
    await page.getByLabel('Position').fill('5')
    await server.call('PATCH', `/api/v1/categories/${body.id}`, { name: 'Protocols' })
    editor.expect(/412/)
    await page.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed “Minutes” since you opened it').waitFor()
    await alert.getByText('Protocols').waitFor()
    await alert.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByRole('heading', { name: 'Protocols', level: 1 }).waitFor()
    const { body: saved } = await server.call('GET', `/api/v1/categories/${body.id}`)
    assert.partialDeepStrictEqual(saved, { name: 'Protocols', position: 5 })
    editor.assertNothingWrong()
  })

  test('a deleted category is restored by Undo, and from the trash', async () => {
    const { body } = await server.call('POST', '/api/v1/categories', { name: 'Short-lived' })
    await page.goto(`/console/categories/${body.id}`)
    for (const restore of ['Undo', 'Trash'] as const) {
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('“Short-lived” is in the trash.').waitFor()
      if (restore === 'Undo') await page.getByRole('button', { name: 'Undo' }).click()
      else {
        await page.getByRole('link', { name: 'Trash' }).click()
        await page.getByRole('button', { name: 'Restore Short-lived' }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
        await page.getByText('The trash is empty').waitFor()
        await page.getByRole('link', { name: 'Categories' }).first().click()
      }
      await page.getByText('“Short-lived” is back.').last().waitFor()
      await page.getByRole('link', { name: 'Short-lived' }).click()
    }
    editor.assertNothingWrong()
  })

  test('the log of events leads to the category that it tells of', async () => {
    const admin = await signIn(browser, server, 'admin')
    await server.call('POST', '/api/v1/categories', { name: 'Told of' })
    await admin.page.goto('/console/developer/events?type=category.created')
    await admin.page.locator('summary', { hasText: 'category.created' }).first().click()
    await admin.page.getByRole('link', { name: 'Told of', exact: true }).click()
    await admin.page.getByRole('heading', { name: 'Told of', level: 1 }).waitFor()
    admin.assertNothingWrong()
    await admin.context.close()
  })

  test('the list is filtered by a name, and what matches can be downloaded', async () => {
    for (const name of ['Filtered', 'Another']) await server.call('POST', '/api/v1/categories', { name })
    await page.goto('/console/categories')
    const filter = page.getByRole('combobox', { name: 'Name' })
    await filter.fill('FILTERED')
    await filter.press('Enter')
    await page.waitForURL('**/console/categories?name=FILTERED')
    await page.getByText('1 entry').waitFor()
    const { name, text } = await download(page, 'NDJSON')
    assert.match(name, /^categories-.*\.ndjson$/)
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).name),
      ['Filtered'],
    )
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('link', { name: 'Another' }).waitFor()
    editor.assertNothingWrong()
  })

  test('readers see the categories, and no way to change them', async () => {
    const reader = await signIn(browser, server, 'newuser')
    await reader.page.goto('/console/categories')
    await reader.page.getByRole('row').getByRole('link', { name: 'policies', exact: true }).click()
    await reader.page.getByText('Slug').waitFor()
    assert.equal(await reader.page.getByRole('link', { name: 'Change' }).count(), 0)
    assert.equal(await reader.page.getByRole('button', { name: 'Delete' }).count(), 0)
    for (const path of ['new', 'trash', '1/edit']) {
      await reader.page.goto(`/console/categories/${path}`)
      await reader.page.getByText('Your role is normal').waitFor()
    }
    reader.assertNothingWrong()
    await reader.context.close()
  })

  test('every category in use is suggested, not only those of the documents changed last', async () => {
    const items = (count: number, batch: number) =>
      Array.from({ length: count }, (_, i) => ({
        action: 'create',
        data: { title: `${batch}.${i}`, category: `${batch} group ${i}` },
      }))
    await server.call('POST', '/api/v1/documents', { title: 'Long ago', category: 'zoology' })
    for (const batch of [1, 2])
      await server.call('POST', '/api/v1/documents/batch', { items: items(100, batch) })
    for (const place of ['/console/documents/new', '/console/documents']) {
      await page.goto(place)
      await page.getByRole('combobox', { name: 'Category' }).fill('zoo')
      await page.getByRole('option', { name: 'zoology' }).waitFor()
      await page.getByRole('combobox', { name: 'Category' }).fill('')
    }
    editor.assertNothingWrong()
  })
})
