import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { download } from './download.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('users', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)
  const admin = await signIn(browser, server, 'admin')
  const { page } = admin

  test('filters, search, sorting and page live in the address, and Back goes back through them', async () => {
    await page.goto('/console/users')
    await page.getByText('25 entries, page 1 of 2').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('page 2 of 2').waitFor()
    assert.equal(search(page), '?page=2')

    await page.getByLabel('Role').selectOption('normal')
    await page.getByText('22 entries').waitFor()
    await page.getByLabel('Status').selectOption('suspended')
    await page.getByText('3 entries').waitFor()
    assert.equal(search(page), '?role=normal&status=suspended')
    await page.getByRole('button', { name: 'Created' }).click()
    await page.waitForURL('**/users?role=normal&status=suspended&sort=created_at')
    await shows(page, ['member7', 'member14', 'member21'])
    await page.getByLabel('Search').fill('member14')
    await page.getByText('1 entry').waitFor()
    const shared = page.url()

    await page.getByRole('link', { name: 'member14' }).click()
    await page.getByRole('heading', { name: 'member14', level: 1 }).waitFor()
    await page.goBack()
    await page.getByText('1 entry').waitFor()
    assert.equal(page.url(), shared)
    await page.goBack()
    await page.getByText('3 entries').waitFor()
    await page.goBack()
    await page.getByText('22 entries').waitFor()
    await page.goBack()
    await page.getByText('page 2 of 2').waitFor()
    admin.assertNothingWrong()
  })

  test('a shared link shows the same to somebody else', async () => {
    const editor = await signIn(browser, server, 'johndoe')
    await editor.page.goto('/console/users?role=normal&status=suspended&sort=created_at')
    await editor.page.getByText('3 entries').waitFor()
    assert.equal(await editor.page.getByLabel('Role').inputValue(), 'normal')
    assert.equal(await editor.page.getByLabel('Status').inputValue(), 'suspended')
    await shows(editor.page, ['member7', 'member14', 'member21'])
    await editor.page.getByRole('button', { name: 'Clear' }).click()
    await editor.page.getByText('25 entries').waitFor()
    editor.assertNothingWrong()
    await editor.context.close()
  })

  test('errors of the API appear beside their fields', async () => {
    await page.goto('/console/users/new')
    await page.getByLabel('Username').fill('johndoe')
    await page.getByLabel('Email').fill('new@example.org')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByLabel('Phone').fill('1'.repeat(60))
    admin.expect(/400/, /409/)
    await page.getByRole('button', { name: 'Create user' }).click()
    assert.match(await errorOf(page, 'Password'), /8 to 256 characters/)
    await page.getByLabel('Password', { exact: true }).fill('long enough for all')
    await page.getByRole('button', { name: 'Create user' }).click()
    assert.match(await errorOf(page, 'Phone'), /0 to 50 characters/)
    await page.getByLabel('Phone').fill('+1234567890')
    await page.getByRole('button', { name: 'Create user' }).click()
    assert.match(await errorOf(page, 'Username'), /already taken/)
    await page.getByLabel('Username').fill('jane')
    await page.getByRole('radio', { name: 'Editor' }).check()
    await page.getByLabel('First name').fill('Jane')
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { name: 'jane', level: 1 }).waitFor()
    const { body } = await server.call('GET', '/api/v1/users?q=jane')
    assert.equal(body.data[0].role, 'editor')
    const { body: jane } = await server.call('GET', `/api/v1/users/${body.data[0].id}`)
    assert.deepEqual(jane.profile, { first_name: 'Jane', last_name: null, phone: '+1234567890', bio: null })
    admin.assertNothingWrong()
  })

  test('a change sends what was changed, and an emptied field is cleared', async () => {
    const id = await idOf('jane')
    await page.goto(`/console/users/${id}`)
    await page.getByRole('link', { name: 'Change' }).click()
    await page.getByLabel('Phone').fill('')
    await page.getByLabel('About').fill('Writes.')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(`**/users/${id}`)
    await page.getByText('Writes.').waitFor()
    const { body } = await server.call('GET', `/api/v1/users/${id}`)
    assert.deepEqual(body.profile, { first_name: 'Jane', last_name: null, phone: null, bio: 'Writes.' })
    admin.assertNothingWrong()
  })

  test('whoever was overtaken sees what the other one changed, and chooses', async () => {
    const id = await idOf('jane')
    admin.expect(/412/)
    await page.goto(`/console/users/${id}/edit`)
    await page.getByLabel('Last name').fill('Roe')
    await server.call('PATCH', `/api/v1/users/${id}`, { email: 'jane.roe@example.org' })
    await page.getByRole('button', { name: 'Save' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText('Somebody else has changed “jane” since you opened it').waitFor()
    await alert.getByText('jane.roe@example.org').waitFor()
    assert.equal(await page.getByLabel('Last name').inputValue(), 'Roe')
    await alert.getByRole('button', { name: 'Load their version, discard mine' }).click()
    await alert.waitFor({ state: 'hidden' })
    assert.equal(await page.getByLabel('Email').inputValue(), 'jane.roe@example.org')
    assert.equal(await page.getByLabel('Last name').inputValue(), '')

    await page.getByLabel('Last name').fill('Roe')
    await server.call('PATCH', `/api/v1/users/${id}`, { email: 'jane@example.org' })
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByText('Jane Roe').waitFor()
    const { body } = await server.call('GET', `/api/v1/users/${id}`)
    assert.equal(body.email, 'jane@example.org')
    admin.assertNothingWrong()
  })

  test('whoever leaves with changes that are not saved is asked', async () => {
    await page.goto(`/console/users/${await idOf('jane')}/edit`)
    await page.getByLabel('Phone').fill('+49')
    await page.getByRole('link', { name: 'Documents' }).first().click()
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor()
    await page.getByRole('button', { name: 'Stay here' }).click()
    assert.equal(await page.getByLabel('Phone').inputValue(), '+49')
    await page.getByRole('link', { name: 'Documents' }).first().click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.waitForURL('**/console/documents')
    admin.assertNothingWrong()
  })

  test('a user is suspended and activated', async () => {
    await page.goto(`/console/users/${await idOf('jane')}`)
    await page.getByRole('button', { name: 'Suspend' }).click()
    await inDialog(page, 'Suspend')
    await page.getByText('suspended').waitFor()
    await page.getByRole('button', { name: 'Activate' }).click()
    await inDialog(page, 'Activate')
    await page.getByText('active', { exact: true }).waitFor()
    admin.assertNothingWrong()
  })

  test('a deleted user comes back by Undo, and out of the trash', async () => {
    const id = await idOf('jane')
    await page.goto(`/console/users/${id}`)
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByText('the keys that they own stop working').waitFor()
    await inDialog(page, 'Delete')
    await page.waitForURL('**/console/users')
    await page.getByText('“jane” is in the trash.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('“jane” is back.').waitFor()
    await page.getByRole('link', { name: 'jane' }).waitFor()

    await server.call('DELETE', `/api/v1/users/${id}`)
    await page.getByRole('link', { name: 'Trash' }).click()
    await page.getByRole('heading', { name: 'Trash' }).waitFor()
    const row = page.getByRole('row', { name: 'jane' })
    const { body } = await server.call('GET', '/api/v1/users/trash')
    assert.equal(await row.locator('time').last().getAttribute('datetime'), body.data[0].purge_at)
    await page.getByRole('button', { name: 'Restore jane' }).click()
    await inDialog(page, 'Restore')
    await page.getByText('The trash is empty').waitFor()
    assert.equal((await server.call('GET', `/api/v1/users/${id}`)).body.username, 'jane')
    admin.assertNothingWrong()
  })

  test('whoever comes back to find name and address taken comes back under others', async () => {
    const person = { username: 'mira', email: 'mira@example.org', password: 'long enough for all' }
    const { body: former } = await server.call('POST', '/api/v1/users', person)
    await server.call('DELETE', `/api/v1/users/${former.id}`)
    await server.call('POST', '/api/v1/users', person)
    admin.expect(/409/)
    await page.goto('/console/users/trash')
    await page.getByRole('button', { name: 'Restore mira' }).click()
    const dialog = page.getByRole('dialog', { name: 'Restore “mira”?' })
    const restore = dialog.getByRole('button', { name: 'Restore' })
    assert.equal(await dialog.getByRole('textbox').count(), 0)
    await restore.click()
    for (const [label, other] of [
      ['Username', 'mira2'],
      ['Email', 'mira2@example.org'],
    ] as const) {
      assert.match(await errorOf(page, label), /taken/)
      const field = dialog.getByLabel(label)
      await field.and(page.locator(':focus')).waitFor()
      await field.fill(other)
      await restore.click()
    }
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('“mira” is back.').waitFor()
    const { body } = await server.call('GET', `/api/v1/users/${former.id}`)
    assert.deepEqual([body.username, body.email], ['mira2', 'mira2@example.org'])
    admin.assertNothingWrong()
  })

  test('the last administrator is not deleted, and the API says why', async () => {
    const { body } = await server.call('GET', '/api/v1/users?role=admin')
    admin.expect(/409/)
    await page.goto(`/console/users/${body.data[0].id}`)
    await page.getByRole('button', { name: 'Delete' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Delete' }).click()
    await dialog.getByText('create another one first').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    admin.assertNothingWrong()
  })

  test('an editor sees who is there and changes nobody', async () => {
    const editor = await signIn(browser, server, 'johndoe')
    await editor.page.goto('/console/users')
    await editor.page.getByText('entries').waitFor()
    assert.equal(await editor.page.getByRole('link', { name: 'New user' }).count(), 0)
    assert.equal(await editor.page.getByRole('link', { name: 'Trash' }).count(), 0)
    await editor.page.getByRole('link', { name: 'member21' }).click()
    await editor.page.getByText('member21@example.org').waitFor()
    for (const name of ['Suspend', 'Activate', 'Delete'])
      assert.equal(await editor.page.getByRole('button', { name }).count(), 0)
    for (const path of ['new', 'trash', '1/edit']) {
      await editor.page.goto(`/console/users/${path}`)
      await editor.page.getByText('Your role is editor').waitFor()
    }
    editor.assertNothingWrong()
    await editor.context.close()
  })

  test('a normal user is shown no way to the users, and a link opens nothing', async () => {
    const normal = await signIn(browser, server, 'newuser')
    const menu = normal.page.getByRole('navigation', { name: 'Console' })
    await menu.getByRole('link', { name: 'Documents' }).waitFor()
    assert.equal(await menu.getByRole('link', { name: 'Users' }).count(), 0)
    await normal.page.goto('/console/users')
    await normal.page.getByText('Your role is normal').waitFor()
    normal.assertNothingWrong()
    await normal.context.close()
  })

  async function idOf(username: string): Promise<number> {
    return (await server.call('GET', `/api/v1/users?q=${username}`)).body.data[0].id
  }

  test('a person is to be erased after the name was typed, and the erasure is cancelled', async () => {
    await page.goto('/console/users?q=member14')
    await page.getByRole('link', { name: 'member14' }).click()
    await page.getByRole('button', { name: 'Erase…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Type member14 to confirm').fill('member14')
    await inDialog(page, 'Erase')
    await page.getByText('“member14” will be erased').waitFor()
    const person = page.url()
    await page.getByRole('link', { name: 'page of the erasure' }).click()
    await page.getByText('it can be cancelled until then').waitFor()
    await page.goto(person)
    await page.getByRole('button', { name: 'Cancel the erasure' }).click()
    await inDialog(page, 'Keep the user')
    await page.getByText('“member14” will not be erased.').waitFor()
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download personal data' }).click()
    assert.match((await downloading).suggestedFilename(), /^personal-data-\d+\.ndjson$/)
    await page.goto('/console/audit')
    await page.getByRole('cell', { name: /^cancelled the erasure/ }).waitFor()
    await page
      .getByRole('region', { name: 'Chain of the audit log' })
      .getByText(/^Rows 1 to \d+ are chained/)
      .waitFor()
    assert.match((await download(page, 'NDJSON, for programs')).text, /"action":"user\.cancel_erasure"/)
    admin.assertNothingWrong()
  })
})

function search(page: Page): string {
  return new URL(page.url()).search
}

/** That the list comes to show these users, in this order; the address changes before the rows do. */
async function shows(page: Page, usernames: readonly [string, ...string[]]): Promise<void> {
  const names = page.getByRole('table').locator('tbody a[href^="/console/users/"]')
  await names
    .first()
    .and(page.getByText(usernames[0], { exact: true }))
    .waitFor()
  assert.deepEqual(await names.allTextContents(), usernames)
}

/** What stands beside the field, tied to it for those who hear it. */
async function errorOf(page: Page, label: string): Promise<string> {
  const field = page.getByLabel(label, { exact: true }).and(page.locator('[aria-describedby*="-error"]'))
  const described = (await field.getAttribute('aria-describedby')) ?? ''
  return page.locator(`[id="${described.split(/\s+/).find((id) => id.endsWith('-error'))}"]`).innerText()
}

async function inDialog(page: Page, verb: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: verb, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}
