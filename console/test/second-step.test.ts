import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { assertLooks } from './looks.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

if (skip) test('the second step of a sign-in', { skip }, () => {})
else await testSecondStep()

async function testSecondStep(): Promise<void> {
  const server = await startConsole({ COMSERV_SECOND_FACTOR_ROLES: 'editor' })
  const browser = await startChromium()
  await server.user('admin', 'admin')

  /** The key, as a person would type it from the page. */
  async function keyOn(page: Page): Promise<string> {
    const shown = page.locator('code').filter({ hasText: /^([A-Z2-7]{4} ?){8}$/ })
    return ((await shown.textContent()) ?? '').replaceAll(' ', '')
  }

  const codeOf = (secret: string, steps = 0) =>
    new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 })

  async function storeCodes(page: Page): Promise<string[]> {
    const codes = await page.locator('.recovery-codes li').allTextContents()
    assert.equal(codes.length, 10)
    await page.getByRole('button', { name: 'I have stored them' }).click()
    return codes
  }

  async function enterPassword(page: Page, username: string): Promise<void> {
    await page.goto('/sign-in')
    await page.getByLabel('Username or email').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  test('an app is set up in My account, asked for at the sign-in, and removed by an administrator', async () => {
    const { id } = await server.user('developer', 'grace')
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    await page.goto('/console/account')
    await page.getByRole('button', { name: 'Set up an authenticator app' }).click()
    await page.getByRole('img', { name: 'QR code with the key for the app' }).waitFor()
    await assertLooks(page, 'second-step-app')
    const secret = await keyOn(page)
    visitor.expect(/400/)
    await page.getByLabel('Enter the code that the app shows').fill(codeOf(secret, 9))
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('is not what the app shows').waitFor()
    await page.getByLabel('Enter the code that the app shows').fill(codeOf(secret))
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await page.locator('.recovery-codes li').first().waitFor()
    await assertLooks(page, 'second-step-recovery-codes')
    const codes = await storeCodes(page)
    await page.getByText('10 recovery codes are left.').waitFor()
    await assertLooks(page, 'second-step-account')
    visitor.assertNothingWrong()

    const guest = await visit(browser, server.url)
    guest.expect(/401/)
    await enterPassword(guest.page, 'grace')
    await guest.page.getByText('Signing in as grace.').waitFor()
    await assertLooks(guest.page, 'second-step-code')
    await guest.page.getByLabel('Code', { exact: true }).fill('not-the-code')
    await guest.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await guest.page.getByText('The code is wrong.').waitFor()
    await guest.page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
    await guest.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await guest.page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
    guest.assertNothingWrong()

    // A code where the password is asked again.
    await server.outdateConfirmations()
    guest.expect(/403/)
    await guest.page.goto('/console/account')
    await guest.page.getByText('9 recovery codes are left.').waitFor()
    await guest.page.getByRole('button', { name: 'New recovery codes' }).click()
    const dialog = guest.page.getByRole('dialog', { name: 'Enter your password again' })
    await dialog.getByRole('button', { name: 'Use a code of your authenticator app instead' }).click()
    await dialog.getByLabel('Code', { exact: true }).fill(codes[1] ?? '')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await guest.page.locator('.recovery-codes li').first().waitFor()
    await storeCodes(guest.page)
    guest.assertNothingWrong()

    const admin = await signIn(browser, server)
    await admin.page.goto(`/console/users/${id}`)
    await admin.page.getByRole('button', { name: 'Remove second step' }).click()
    await assertLooks(admin.page, 'second-step-remove')
    await admin.page.getByRole('button', { name: 'Remove', exact: true }).click()
    await admin.page.getByText('None: the password is enough.').waitFor()
    admin.assertNothingWrong()
    await signIn(browser, server, 'grace')
  })

  test('a role that needs it leads to the app after the password', async () => {
    await server.user('editor', 'edith')
    const visitor = await visit(browser, server.url)
    visitor.expect(/401/)
    const { page } = visitor
    await enterPassword(page, 'edith')
    await page.getByText('Your role needs a second step').waitFor()
    await page.getByRole('img', { name: 'QR code with the key for the app' }).waitFor()
    await assertLooks(page, 'second-step-required')
    await page.getByLabel('Enter the code that the app shows').fill(codeOf(await keyOn(page)))
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.locator('.recovery-codes li').first().waitFor()
    await storeCodes(page)
    await page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
    await page.goto('/console/account')
    await page.getByText('Your role needs it.').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Turn off' }).count(), 0)
    visitor.assertNothingWrong()
  })

  test('a link that sets a password leads to the code', async () => {
    await server.user('normal', 'norma')
    const first = await signIn(browser, server, 'norma')
    await first.page.goto('/console/account')
    await first.page.getByRole('button', { name: 'Set up an authenticator app' }).click()
    await first.page.getByLabel('Enter the code that the app shows').fill(codeOf(await keyOn(first.page)))
    await first.page.getByRole('button', { name: 'Confirm' }).click()
    await first.page.locator('.recovery-codes li').first().waitFor()
    const codes = await storeCodes(first.page)
    const visitor = await visit(browser, server.url)
    visitor.expect(/401/)
    await visitor.page.goto(await server.newPasswordPath('norma'))
    await visitor.page.getByLabel('New password').fill('another long passphrase')
    await visitor.page.getByRole('button', { name: 'Set password and sign in' }).click()
    await visitor.page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
    await visitor.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await visitor.page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()
    visitor.assertNothingWrong()
  })
}
