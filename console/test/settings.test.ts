import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('what the console says of the server', { skip }, async () => {
  if (skip) return
  const server = await startConsole({
    COMSERV_RATE_LIMIT_STANDARD: '7',
    COMSERV_RATE_LIMIT_PREMIUM: '1',
    COMSERV_TRASH_DAYS: '3',
    COMSERV_EVENT_RETENTION_DAYS: '11',
  })
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const visitor = await signIn(browser, server)
  const { page } = visitor
  const catalog = await (await page.context().request.get('/api/v1/catalog')).json()
  const names = (list: { name: string }[]) => list.map(({ name }) => name)

  test('the limits of the tiers are those that it is set to', async () => {
    await page.goto('/console/developer/credentials/new')
    await page.getByRole('radio', { name: 'Premium: 1 request a minute' }).waitFor()
    await page.getByRole('radio', { name: 'Standard: 7 requests a minute' }).check()
    await page.getByLabel('Name').fill('Slow')
    await page.getByRole('button', { name: 'Generate key' }).click()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByText('Tier').locator('+ dd', { hasText: 'Standard: 7 requests a minute' }).waitFor()
    visitor.assertNothingWrong()
  })

  test('it says how long deleted records, events and logs are kept', async () => {
    for (const list of ['users', 'documents', 'categories']) {
      await page.goto(`/console/${list}/trash`)
      await page.getByText(`Deleted ${list} are kept for 3 days`).waitFor()
    }
    await page.goto('/console/developer/events')
    await page.getByText('Events are kept for 11 days.').waitFor()
    visitor.assertNothingWrong()
  })

  test('scopes, roles, event types and actions are those that it knows', async () => {
    await page.goto('/console/developer/credentials/new')
    const boxes = page.getByRole('table').getByRole('checkbox')
    await boxes.first().waitFor()
    const shown = await boxes.evaluateAll((all) => all.map((box) => box.getAttribute('aria-label')))
    const single = names(catalog.scopes).filter((name) => name.includes(':'))
    assert.deepEqual(shown.toSorted(), single.toSorted())

    await page.goto('/console/users/new')
    const roles = page.getByRole('radiogroup', { name: 'Role' }).getByRole('radio')
    await roles.first().waitFor()
    const values = await roles.evaluateAll((all) => all.map((radio) => radio.getAttribute('value')))
    assert.deepEqual(values.toSorted(), names(catalog.roles).toSorted())

    await page.goto('/console/users')
    assert.deepEqual((await optionsOf(page, 'Role')).toSorted(), names(catalog.roles).toSorted())
    await page.goto('/console/developer/events')
    assert.deepEqual(await optionsOf(page, 'Type'), names(catalog.event_types))
    await page.goto('/console/audit')
    assert.deepEqual(await optionsOf(page, 'Action'), catalog.audit_actions)
    visitor.assertNothingWrong()
  })
})

/** Without the first one, which takes the filter away. */
async function optionsOf(page: Page, label: string): Promise<string[]> {
  const options = page.getByLabel(label, { exact: true }).locator('option')
  await options.nth(1).waitFor({ state: 'attached' })
  return (await options.evaluateAll((all) => all.map((option) => option.getAttribute('value') ?? ''))).slice(
    1,
  )
}
