import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('rules and roles in the console', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()

  async function countOf(key: string): Promise<number> {
    const response = await fetch(`${server.url}/api/v1/documents?limit=1`, { headers: { 'x-api-key': key } })
    const { meta } = (await response.json()) as { meta: { total_count: number } }
    return meta.total_count
  }

  test('a key for some documents reads only those, and its page says which', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    await page.goto('/console/developer/credentials/new')
    await page.getByLabel('Name').fill('Intranet search')
    await page.getByRole('radio', { name: 'Only some' }).check()
    const rule = page.getByRole('group', { name: 'Rule 1' })
    await rule.getByLabel('Categories').fill('policies')
    await rule.getByLabel('Categories').press('Enter')
    await rule.getByRole('checkbox', { name: 'Published' }).check()
    await page.getByRole('button', { name: 'Generate key' }).click()
    await page.getByText('This secret is shown only once').waitFor()
    const key = await page.locator('.shown code').nth(1).innerText()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('documents in the category policies, with the status published').waitFor()
    const { body } = await server.call('GET', '/api/v1/documents?limit=1&category=policies&status=published')
    assert.equal(await countOf(key), body.meta.total_count)

    await page.getByRole('link', { name: 'Change', exact: true }).click()
    await page.getByRole('button', { name: 'Remove rule 1' }).click()
    assert.equal(await page.getByRole('radio', { name: 'All documents' }).isChecked(), true)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.ok((await countOf(key)) > body.meta.total_count)
    assertNothingWrong()
  })

  test('a category that no document has is named once the rules are saved', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    const doubt = page.getByRole('alert').filter({ hasText: 'No document has the category “polices” yet.' })
    const change = async () => {
      await page.getByRole('button', { name: 'More', exact: true }).click()
      await page.getByRole('menuitem', { name: 'Change', exact: true }).click()
    }
    await page.goto('/console/developer/webhooks/new')
    await page.getByLabel('Destination URL').fill('http://127.0.0.1:9/hooks')
    await page.getByRole('checkbox', { name: /document\.published/ }).check()
    await page.getByRole('radio', { name: 'Only some' }).check()
    const categories = page.getByRole('group', { name: 'Rule 1' }).getByLabel('Categories')
    await categories.fill('polices')
    await categories.press('Enter')
    await page.getByRole('button', { name: 'Add webhook' }).click()
    await doubt.waitFor()
    await page.getByRole('button', { name: 'Close the notice' }).click()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await change()
    await page.getByRole('heading', { level: 1, name: 'Change this webhook' }).waitFor()
    await page.getByLabel('Description').fill('For the intranet')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal(await doubt.count(), 0)
    await change()
    await categories.fill('policies')
    await categories.press('Enter')
    await page.getByRole('button', { name: 'Save' }).click()
    await doubt.waitFor()
    assertNothingWrong()
  })

  test('a rule without a condition is refused beside the rules', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto('/console/developer/credentials/new')
    await page.getByLabel('Name').fill('Nothing chosen')
    await page.getByRole('radio', { name: 'Only some' }).check()
    visitor.expect(/400/)
    await page.getByRole('button', { name: 'Generate key' }).click()
    await page.getByText(/'rules\.0\.where'/).waitFor()
    visitor.assertNothingWrong()
  })

  test('an administrator makes a role, gives it to somebody, and cannot delete it before they have another', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.getByRole('link', { name: 'Roles', exact: true }).click()
    await page.getByRole('link', { name: 'New role' }).click()
    await page.getByLabel('Name').fill('policy-reviewer')
    await page.getByLabel('Description').fill('Reads policies')
    await page.getByRole('radio', { name: 'Only some' }).check()
    await page.getByRole('group', { name: 'Rule 1' }).getByLabel('Categories').fill('policies')
    await page.getByRole('button', { name: 'Create role' }).click()
    await page.getByRole('heading', { level: 1, name: 'policy-reviewer' }).waitFor()
    await page.getByText('documents in the category policies').waitFor()

    const { body } = await server.call('GET', '/api/v1/users?q=newuser')
    await page.goto(`/console/users/${body.data[0].id}/edit`)
    await page.getByRole('radio', { name: 'policy-reviewer' }).check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    await page.getByText('Reads policies').waitFor()

    await page.goto('/console/roles')
    await page.getByRole('link', { name: 'policy-reviewer' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 user must get another role before it can be deleted:').waitFor()
    await dialog.getByRole('link', { name: 'newuser', exact: true }).waitFor()
    assert.equal(await dialog.getByRole('button', { name: 'Delete' }).count(), 0)
    visitor.assertNothingWrong()

    const reviewer = await signIn(browser, server, 'newuser')
    await reviewer.page.goto('/console/documents')
    await reviewer.page.getByRole('link', { name: 'New Policy Document 21' }).waitFor()
    assert.equal(await reviewer.page.getByText('Annual Report').count(), 0)
    reviewer.assertNothingWrong()
  })

  test('a webhook for some documents shows which', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    await page.goto('/console/developer/webhooks/new')
    await page.getByLabel('Destination URL').fill('http://127.0.0.1:9/hook')
    assert.equal(await page.getByRole('radio', { name: 'Only some' }).count(), 0)
    await page.getByRole('checkbox', { name: 'document.published' }).check()
    await page.getByRole('radio', { name: 'Only some' }).check()
    await page.getByRole('group', { name: 'Rule 1' }).getByLabel('Categories').fill('policies')
    await page.getByRole('button', { name: 'Add webhook' }).click()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('documents in the category policies').waitFor()
    assertNothingWrong()
  })
})
