import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'

suite('what belongs to somebody', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  await server.user('admin', 'admin')
  const grace = await server.user('developer', 'grace')
  const heir = await server.user('developer', 'heir')
  const browser = await startChromium()
  const create = async (path: string, json: object) =>
    (await server.call('POST', `/api/v1/${path}`, { owner_id: grace.id, ...json })).body
  const payroll = await create('credentials', {
    name: 'Payroll export',
    scopes: ['users:read', 'documents:read'],
  })
  await create('credentials', { name: 'Reader', scopes: ['documents:read'] })
  await create('webhooks', {
    url: 'https://example.com/people',
    events: ['user.created', 'document.created'],
  })

  test('another role says what stops, and a key is handed over from there', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/users/${grace.id}/edit`)
    await page.getByLabel('Username').waitFor()
    assert.equal(await page.getByText('This stops working').count(), 0)
    await page.getByRole('radio', { name: 'Normal' }).check()
    const warning = page.getByRole('status').filter({ hasText: 'This stops working' })
    await warning.getByText('The key loses users:read.').waitFor()
    await warning.getByText('Deliveries of user.created wait.').waitFor()
    await warning.getByText('Deliveries of document.created wait, except those about documents').waitFor()
    await warning.getByText('Reader', { exact: true }).waitFor()
    assert.equal(await warning.getByText('It reads only documents with the status published.').count(), 2)
    await page.getByRole('radio', { name: 'Admin' }).check()
    await warning.waitFor({ state: 'detached' })
    await page.getByLabel('Status').selectOption('suspended')
    await warning.getByText('The key stops.').first().waitFor()
    assert.equal(await warning.getByText('The key stops.').count(), 2)
    await page.getByLabel('Status').selectOption('active')
    await page.getByRole('radio', { name: 'Normal' }).check()

    await warning.getByRole('link', { name: 'Payroll export' }).click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.getByRole('heading', { name: 'Payroll export' }).waitFor()
    await page.getByRole('button', { name: 'Hand over…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Hand over “Payroll export”' })
    await dialog
      .getByRole('textbox', { name: 'User' })
      .or(dialog.getByRole('combobox', { name: 'User' }))
      .fill('heir')
    await page.getByRole('option', { name: 'heir' }).click()
    await dialog.getByRole('button', { name: 'Hand over' }).click()
    await page.getByText('Handed over.').waitFor()
    const { body } = await server.call('GET', `/api/v1/credentials/${payroll.id}`)
    assert.equal(body.owner_id, heir.id)
    visitor.assertNothingWrong()
  })

  test('a webhook is handed over to the system account, and the lists show whose is whose', async () => {
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/users/${grace.id}`)
    await page.getByRole('link', { name: 'webhooks', exact: true }).click()
    await page.getByText('1 entry').waitFor()
    await page.getByRole('link', { name: 'example.com/people' }).click()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Hand over…' }).click()
    await page.getByRole('radio', { name: 'The system account' }).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click()
    await page.getByText('Handed over.').waitFor()
    await page.getByText('system account', { exact: true }).waitFor()
    await page.goto(`/console/developer/webhooks?owner_id=${grace.id}`)
    await page.getByText('0 entries').or(page.getByText('Nothing matches')).first().waitFor()
    visitor.assertNothingWrong()
  })

  test('revoking a key asks about those that it created', async () => {
    const parent = await create('credentials', {
      name: 'Provisioning',
      scopes: ['credentials:write', 'documents:read'],
    })
    const made = await fetch(`${server.url}/api/v1/credentials`, {
      method: 'POST',
      headers: { 'x-api-key': parent.client_secret, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Provisioned', scopes: ['documents:read'] }),
    })
    const child = (await made.json()) as { id: number }
    const status = async () => (await server.call('GET', `/api/v1/credentials/${child.id}`)).body.status
    const visitor = await signIn(browser, server)
    const { page } = visitor
    await page.goto(`/console/developer/credentials/${child.id}`)
    await page.getByRole('link', { name: 'Provisioning' }).click()
    await page.getByRole('heading', { name: 'Provisioning' }).waitFor()
    await page.getByRole('button', { name: 'Revoke' }).click()
    const dialog = page.getByRole('dialog')
    const also = dialog.getByRole('checkbox', { name: 'Also revoke the 1 key that it created' })
    assert.equal(await also.isChecked(), true)
    await also.uncheck()
    await dialog.getByRole('button', { name: 'Revoke' }).click()
    await page.waitForURL('**/console/developer/credentials')
    assert.equal(await status(), 'active')
    visitor.assertNothingWrong()
  })
})
