import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { markOf, samplesOf } from '../../server/test/guide-samples.ts'
import { skip, startChromium } from './chromium.ts'
import { type ConsoleServer, password, startConsole } from './console-server.ts'
import { download } from './download.ts'
import { assertLooks, picture } from './looks.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

/** Without the notifier, which does not start without its setting. */
const folder = mkdtempSync(join(tmpdir(), 'comserv-extensions-'))
after(() => rmSync(folder, { recursive: true }))
const examples = join(import.meta.dirname, '../../examples/extensions')
cpSync(join(examples, 'invoices'), join(folder, 'invoices'), { recursive: true })

const api = '/api/v1/x/invoices/invoices'
const invoice = (number: string, more: object = {}) => ({
  number,
  customer: 'Ada Ltd',
  amount_cents: 1_234_500,
  due_on: '2026-03-31',
  ...more,
})

/** What the description list of a record says of a field. */
const fact = (page: Page, label: string, value: string) =>
  page.getByText(label, { exact: true }).locator('+ dd', { hasText: value })

suite('records of extensions', { skip }, async () => {
  if (skip) return
  const server = await startConsole({ COMSERV_EXTENSIONS_DIR: folder })
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const admin = await signIn(browser, server)
  const { page } = admin
  const add = async (number: string, more: object = {}): Promise<number> =>
    (await server.call('POST', api, invoice(number, more))).body.id

  test('an invoice is made from the menu, listed, changed, and found by its event', async () => {
    const menu = page.getByRole('navigation', { name: 'Console' })
    await menu.getByRole('heading', { name: 'Extensions' }).waitFor()
    await menu.getByRole('link', { name: 'Invoices' }).click()
    await page.waitForURL('**/console/x/invoices/invoices')
    await page.getByText('No invoices yet').waitFor()
    await page.getByText('What customers owe').waitFor()
    await picture(page, 'extension-empty')
    await page.getByRole('link', { name: 'New invoice' }).first().click()
    await page.getByLabel('Number').fill('R-001')
    await page.getByText('Unique among all invoices.').waitFor()
    await page.getByLabel('Customer').fill('Ada Ltd')
    await page.getByLabel('Amount in cents').fill('1234500')
    await page.getByLabel('Due on').fill('2026-03-31')
    assert.equal(await page.getByLabel('Status').inputValue(), 'open')
    await picture(page, 'extension-new')
    await page.getByRole('button', { name: 'Create invoice' }).click()
    await page.getByRole('heading', { name: 'R-001', level: 1 }).waitFor()
    await fact(page, 'Amount in cents', '1,234,500').waitFor()
    await fact(page, 'Due on', '31 Mar 2026').waitFor()
    await fact(page, 'Status', 'open').waitFor()
    await picture(page, 'extension-record')

    await page.getByRole('link', { name: 'Change' }).click()
    await page.getByLabel('Customer').fill('Babbage & Sons')
    await page.getByRole('button', { name: 'Save' }).click()
    await fact(page, 'Customer', 'Babbage & Sons').waitFor()
    const { body } = await server.call('GET', `${api}?number=R-001`)
    assert.partialDeepStrictEqual(body.data, [invoice('R-001', { customer: 'Babbage & Sons' })])

    await page.goto('/console/developer/events?type=x.invoices.invoice.updated')
    await page.locator('summary', { hasText: 'x.invoices.invoice.updated' }).first().click()
    await page
      .getByRole('link', { name: /R-001|invoice/ })
      .last()
      .click()
    await page.getByRole('heading', { name: 'R-001', level: 1 }).waitFor()
    admin.assertNothingWrong()
  })

  test('what the API refuses is beside its field, and a rule of the extension is said in its words', async () => {
    await add('R-010')
    await page.goto('/console/x/invoices/invoices/new')
    await page.getByLabel('Number').fill('r-010')
    await page.getByLabel('Customer').fill('Ada Ltd')
    await page.getByLabel('Amount in cents').fill('0')
    await page.getByLabel('Due on').fill('2026-03-31')
    admin.expect(/400/, /409/)
    await page.getByRole('button', { name: 'Create invoice' }).click()
    await page.getByLabel('Amount in cents').and(page.locator('[aria-invalid="true"]')).waitFor()
    await picture(page, 'extension-refused')
    await page.getByLabel('Amount in cents').fill('5')
    await page.getByRole('button', { name: 'Create invoice' }).click()
    await page.getByLabel('Number').and(page.locator('[aria-invalid="true"]')).waitFor()
    await page.getByText('already taken').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.waitForURL('**/console/x/invoices/invoices')

    const paid = await add('R-011', { status: 'paid' })
    await page.goto(`/console/x/invoices/invoices/${paid}/edit`)
    await page.getByLabel('Customer').fill('Somebody else')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The invoice R-011 is paid and cannot be changed.').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('Only a cancelled invoice can be deleted.').waitFor()
    admin.assertNothingWrong()
  })

  test('a form shows what somebody else has changed meanwhile', async () => {
    const id = await add('R-020')
    await page.goto(`/console/x/invoices/invoices/${id}/edit`)
    await page.getByLabel('Amount in cents').fill('7')
    await server.call('PATCH', `${api}/${id}`, { customer: 'Changed Ltd', status: 'cancelled' })
    admin.expect(/412/)
    await page.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed “R-020” since you opened it').waitFor()
    await alert.getByText('Changed Ltd').waitFor()
    await alert.getByRole('button', { name: 'Save mine over theirs' }).click()
    await fact(page, 'Amount in cents', '7').waitFor()
    const { body } = await server.call('GET', `${api}/${id}`)
    assert.partialDeepStrictEqual(body, { customer: 'Changed Ltd', amount_cents: 7, status: 'cancelled' })
    admin.assertNothingWrong()
  })

  test('a deleted invoice is restored by Undo, and from the trash', async () => {
    const id = await add('R-030', { status: 'cancelled' })
    await page.goto(`/console/x/invoices/invoices/${id}`)
    for (const restore of ['Undo', 'Trash'] as const) {
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('“R-030” is in the trash.').waitFor()
      if (restore === 'Undo') await page.getByRole('button', { name: 'Undo' }).click()
      else {
        await page.getByRole('link', { name: 'Trash' }).click()
        await page.getByRole('button', { name: 'Restore R-030' }).click()
        await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click()
        await page.getByText('The trash is empty').waitFor()
        await page.getByRole('link', { name: 'Invoices' }).first().click()
      }
      await page.getByText('“R-030” is back.').last().waitFor()
      await page.getByRole('link', { name: 'R-030' }).click()
    }
    admin.assertNothingWrong()
  })

  test('the list is filtered, paged and downloaded, and what is selected is deleted', async () => {
    for (let i = 0; i < 30; i++) await add(`B-${i}`, { customer: 'Bulk Ltd', status: 'cancelled' })
    const open = (await server.call('GET', `${api}?status=open`)).body.meta.total_count
    await page.goto('/console/x/invoices/invoices')
    await page.getByRole('link', { name: 'B-3', exact: true }).waitFor()
    await assertLooks(page, 'extension-list')
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.getByLabel('Status').selectOption('open')
    await page.waitForURL('**/console/x/invoices/invoices?status=open')
    await page.getByText(open === 1 ? '1 entry' : `${open} entries`).waitFor()
    const { name, text } = await download(page, 'NDJSON')
    assert.match(name, /invoices-.*\.ndjson$/)
    assert.equal(text.trim().split('\n').length, open)
    await page.goto('/console/x/invoices/invoices')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.waitForURL(/[?&](page|cursor)=/)
    await page.goto('/console/x/invoices/invoices?number=b-3')
    await page.getByText('1 entry').waitFor()
    await page.getByRole('row', { name: 'B-3' }).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByText('Delete 1 invoice?').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByText('1 invoice moved to the trash.').waitFor()
    assert.equal((await server.call('GET', `${api}?number=b-3`)).body.meta.total_count, 0)
    admin.assertNothingWrong()
  })

  test('a person without the scope sees neither the menu nor the pages, a reader no way to change them', async () => {
    await server.user('normal', 'newuser')
    await server.call('POST', '/api/v1/roles', { name: 'auditor', scopes: ['x.invoices.read'] })
    await server.user('auditor', 'auditor')
    const id = await add('R-040')
    const stranger = await signIn(browser, server, 'newuser')
    assert.equal(await stranger.page.getByRole('link', { name: 'Invoices' }).count(), 0)
    for (const path of ['', '/new', '/trash', `/${id}`, `/${id}/edit`]) {
      await stranger.page.goto(`/console/x/invoices/invoices${path}`)
      await stranger.page.getByText('Your role is normal').waitFor()
    }
    await picture(stranger.page, 'extension-closed')
    stranger.assertNothingWrong()
    await stranger.context.close()

    const reader = await signIn(browser, server, 'auditor')
    await reader.page
      .getByRole('navigation', { name: 'Console' })
      .getByRole('link', { name: 'Invoices' })
      .click()
    await reader.page.getByRole('link', { name: 'R-001' }).waitFor()
    await reader.page.goto('/console/x/invoices/invoices?number=r-040')
    await reader.page.getByRole('link', { name: 'R-040' }).click()
    await fact(reader.page, 'Number', 'R-040').waitFor()
    for (const role of ['link', 'button'] as const)
      assert.equal(await reader.page.getByRole(role, { name: /Change|Delete|New invoice/ }).count(), 0)
    await reader.page.goto(`/console/x/invoices/invoices/${id}/edit`)
    await reader.page.getByText('Your role is auditor').waitFor()
    reader.assertNothingWrong()
    await reader.context.close()
  })

  test('the pages are in German by the words of the extension, also on a phone', async () => {
    const id = await add('R-050')
    const german = await signInInGerman(server)
    const { page } = german
    await page.goto('/console/x/invoices/invoices')
    await page.getByRole('heading', { name: 'Rechnungen', level: 1 }).waitFor()
    await page.getByText('Was Kunden schulden').waitFor()
    await page.getByRole('link', { name: 'R-001' }).waitFor()
    await picture(page, 'extension-german-list')
    await page.goto(`/console/x/invoices/invoices/${id}`)
    await fact(page, 'Betrag in Cent', '1.234.500').waitFor()
    await fact(page, 'Fällig am', '31.03.2026').waitFor()
    await fact(page, 'Status', 'offen').waitFor()
    await picture(page, 'extension-german-record')
    await page.goto('/console/x/invoices/invoices/new')
    await page.getByLabel('Nummer').waitFor()
    await page.getByRole('option', { name: 'storniert' }).waitFor({ state: 'attached' })
    await picture(page, 'extension-german-new')
    german.assertNothingWrong()
    await german.context.close()
  })

  test('the search of the console leads to the list, and an address that names nothing is said to be none', async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto('/console')
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    const dialog = page.getByRole('dialog', { name: 'Find anything' })
    await dialog.getByRole('combobox').fill('invoi')
    await dialog.getByRole('group', { name: 'Pages' }).getByRole('option', { name: 'Invoices' }).click()
    await page.waitForURL('**/console/x/invoices/invoices')
    for (const path of ['x/invoices/nothing', 'x/nothing/invoices', 'x/invoices/invoices/new/edit']) {
      await page.goto(`/console/${path}`)
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor()
    }
    admin.assertNothingWrong()
  })

  async function signInInGerman({ url }: ConsoleServer) {
    const visitor = await visit(browser, url, { locale: 'de-DE', width: 390 })
    await visitor.page.goto('/sign-in')
    await visitor.page.getByLabel('Benutzername oder E-Mail-Adresse').fill('admin')
    await visitor.page.getByLabel('Passwort', { exact: true }).fill(password)
    await visitor.page.getByRole('button', { name: 'Anmelden', exact: true }).click()
    await visitor.page.waitForURL('**/console')
    await visitor.page.getByRole('button', { name: 'Angemeldet als admin' }).waitFor()
    return visitor
  }
})

suite('the walk "An invoices module in ten minutes"', { skip }, async () => {
  if (skip) return
  const walk = mkdtempSync(join(tmpdir(), 'comserv-guide-'))
  after(() => rmSync(walk, { recursive: true }))
  const samples = samplesOf('docs/guides/extensions.md')
  const module = samples.find((sample) => markOf(sample, 'file') === 'invoices.ts')
  assert.ok(module)
  writeFileSync(join(walk, 'invoices.ts'), module.text)
  const server = await startConsole({ COMSERV_EXTENSIONS_DIR: walk })
  const browser = await startChromium()
  await server.user('admin', 'admin')

  test('ends on the page of the console that it speaks of', async () => {
    await server.call('POST', api, { number: 'R-001', customer: 'Ada', amount_cents: 12_000, status: 'paid' })
    const admin = await signIn(browser, server)
    const { page } = admin
    await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Invoices' }).click()
    await page.getByRole('link', { name: 'R-001' }).waitFor()
    await page.getByRole('link', { name: 'New invoice' }).click()
    await page.getByLabel('Number').fill('R-002')
    await page.getByLabel('Customer').fill('Bob')
    await page.getByLabel('Amount in cents').fill('0')
    assert.deepEqual(await page.getByLabel('Status').getByRole('option').allInnerTexts(), [
      '',
      'open',
      'paid',
    ])
    admin.expect(/400/)
    await page.getByRole('button', { name: 'Create invoice' }).click()
    await page.getByLabel('Amount in cents').and(page.locator('[aria-invalid="true"]')).waitFor()
    await page.getByLabel('Amount in cents').fill('500')
    await page.getByRole('button', { name: 'Create invoice' }).click()
    await page.getByRole('heading', { name: 'R-002', level: 1 }).waitFor()

    await page.getByRole('link', { name: 'Invoices' }).first().click()
    await page.getByRole('link', { name: 'R-001' }).click()
    await page.getByRole('link', { name: 'Change' }).click()
    await page.getByLabel('Customer').fill('Bob')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The invoice R-001 is paid.').waitFor()
    admin.assertNothingWrong()
  })
})
