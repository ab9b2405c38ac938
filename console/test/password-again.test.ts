import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { picture } from './looks.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

if (skip) test('a password given again', { skip }, () => {})
else await testPasswordAgain()

async function testPasswordAgain(): Promise<void> {
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')

  /** Signed in, but long ago. */
  async function arrive() {
    const visitor = await signIn(browser, server)
    await server.outdateConfirmations()
    const dialog = visitor.page.getByRole('dialog', { name: 'Enter your password again' })
    return { visitor, page: visitor.page, dialog, field: dialog.getByLabel('Password', { exact: true }) }
  }

  test('a form asks for it, tells a wrong one, and goes on with what was typed', async () => {
    const { visitor, page, dialog, field } = await arrive()
    visitor.expect(/403/)
    visitor.expect(/400/)
    await page.goto('/console/users/new')
    await page.getByLabel('Username').fill('newcomer')
    await page.getByLabel('Email').fill('newcomer@example.org')
    await page.getByLabel('Password', { exact: true }).fill('a passphrase of my own')
    await page.getByRole('button', { name: 'Create user' }).click()
    await dialog.waitFor()
    await picture(page, 'password-again')
    await field.fill('a wrong guess')
    await page.keyboard.press('Enter')
    await dialog.getByText('The password is wrong.', { exact: true }).waitFor()
    await field.fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'newcomer' }).waitFor()
    assert.equal(await dialog.count(), 0)
    visitor.assertNothingWrong()
  })

  test('cancelling leaves the form as it was, also by Escape and above another dialog', async () => {
    const { visitor, page, dialog, field } = await arrive()
    visitor.expect(/403/)
    const { body: credential } = await server.call('POST', '/api/v1/credentials', {
      name: 'To rotate',
      scopes: ['read'],
    })
    await page.goto(`/console/developer/credentials/${credential.id}`)
    await page.getByRole('button', { name: 'Rotate secret' }).click()
    const rotate = page.getByRole('dialog').filter({ hasText: 'You get a new secret now' })
    await rotate.getByLabel('The old secret works for').selectOption('1')
    await rotate.getByRole('button', { name: 'Rotate secret' }).click()
    await field.fill('half of my passw')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await rotate.getByText('because you did not enter your password').waitFor()
    assert.equal(await rotate.getByLabel('The old secret works for').inputValue(), '1')
    await rotate.getByRole('button', { name: 'Rotate secret' }).click()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await rotate.getByRole('button', { name: 'Rotate secret' }).click()
    await field.fill(password)
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await page
      .getByText(/cs_live_/)
      .first()
      .waitFor()
    visitor.assertNothingWrong()
  })

  test('requests that wait at the same time share one dialog', async () => {
    const { visitor, page, dialog, field } = await arrive()
    visitor.expect(/403/)
    const user = await server.user('editor', 'shared')
    await page.goto(`/console/users/${user.id}`)
    for (let i = 0; i < 2; i++) {
      const other = await signIn(browser, server, 'shared')
      await other.page.close()
    }
    await server.outdateConfirmations()
    await page.reload()
    const ends = page.getByRole('button', { name: /^End session/ })
    await ends.nth(1).waitFor()
    await picture(page, 'user-sessions')
    await page.evaluate(
      `for (const button of document.querySelectorAll('button[aria-label^="End session"]')) button.click()`,
    )
    await dialog.waitFor()
    assert.equal(await dialog.count(), 1)
    await field.fill(password)
    await page.keyboard.press('Enter')
    await page.getByText('Nowhere').waitFor()
    visitor.assertNothingWrong()
  })

  test('a link sets a new password and signs in', async () => {
    await server.user('normal', 'forgetful')
    const path = await server.newPasswordPath('forgetful')
    const visitor = await visit(browser, server.url)
    visitor.expect(/40[01]/)
    const { page } = visitor
    await page.goto(path)
    const field = page.getByLabel('New password')
    await field.fill('password')
    await page.keyboard.press('Enter')
    await page.getByText('one of the most common passwords').waitFor()
    await field.fill('an entirely new secret')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/console')
    await page.getByText('The password of “forgetful” was set').waitFor()
    await page.goto(path)
    await page.reload()
    await field.fill('another new secret')
    await page.keyboard.press('Enter')
    await page.getByText('The link is not valid').waitFor()
    visitor.assertNothingWrong()
  })
}
