import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('who may see what', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await server.user('admin', 'admin')
  const reader = await server.user('normal', 'reader')
  const browser = await startChromium()
  const create = async (path: string, json: object) =>
    (await server.call('POST', `/api/v1/${path}`, json)).body
  const draft = await create('documents', { title: 'Not yet', category: 'reports' })
  const key = await create('credentials', {
    name: 'Reports',
    scopes: ['users:read', 'documents:read'],
    owner_id: reader.id,
  })

  test('the page of a document explains who may see it, and one that is missing says why', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/documents/${draft.id}`)
    await page.getByRole('button', { name: 'Who may see this?' }).click()
    const dialog = page.getByRole('dialog', { name: 'Who may see this?' })
    await dialog
      .getByRole('combobox', { name: 'User' })
      .or(dialog.getByRole('textbox', { name: 'User' }))
      .fill('reader')
    await page.getByRole('option', { name: 'reader' }).click()
    await dialog.getByText('reader: no', { exact: true }).waitFor()
    await dialog.getByText("The role 'normal' narrows 'documents:read'").waitFor()
    await page.goto('/console/documents/9999')
    await page.getByRole('button', { name: 'Why?' }).click()
    await page.getByRole('dialog').getByText('There is no document 9999.', { exact: true }).waitFor()
    await page.getByRole('dialog').getByRole('link', { name: 'trash' }).waitFor()
    visitor.expect(/404/)
    visitor.assertNothingWrong()
  })

  test('the page of a key says what it cannot do now, and why', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/credentials/${key.id}`)
    const withheld = page.locator('dt', { hasText: 'Not usable now' }).locator('+ dd')
    await withheld.getByText('users:read', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'What may it do?' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Action').selectOption('users:read')
    await dialog.getByText('Reports: no', { exact: true }).waitFor()
    await assertAccessible(page)
    assert.equal(await dialog.getByText('refused', { exact: true }).count(), 1)
    visitor.assertNothingWrong()
  })
})
