import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { assertLooks } from './looks.ts'
import { signIn } from './people.ts'
import { visit } from './visitor.ts'

if (skip) test('passkeys', { skip }, () => {})
else await testPasskeys()

async function testPasskeys(): Promise<void> {
  const server = await startConsole({}, 'localhost')
  const browser = await startChromium()
  await server.user('admin', 'admin')

  /** A device of the person with a fingerprint reader, as the browser has it built in. */
  async function device(page: Page) {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    return {
      credentials: async () =>
        (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
      add: (credential: Awaited<ReturnType<typeof credentialsOf>>[number]) =>
        devtools.send('WebAuthn.addCredential', { authenticatorId, credential }),
      verifies: (isUserVerified: boolean) =>
        devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    }
    async function credentialsOf() {
      return (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials
    }
  }

  async function addPasskey(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' })
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Continue' }).click()
  }

  async function enterPassword(page: Page, username: string): Promise<void> {
    await page.getByLabel('Username or email').fill(username)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  const welcome = (page: Page) => page.getByRole('heading', { level: 1, name: /^Welcome/ }).waitFor()

  test('a passkey is added in My account, signs in alone, as the second step, and where the password is asked again', async () => {
    const { id } = await server.user('developer', 'grace')
    const visitor = await signIn(browser, server, 'grace')
    const { page } = visitor
    const laptop = await device(page)
    await page.goto('/console/account')
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add a passkey' })
    assert.match(await dialog.getByLabel('Name').inputValue(), /^Chrome on /)
    await assertLooks(page, 'passkeys-add')
    await dialog.getByRole('button', { name: 'Continue' }).click()
    // Without the device the person would be locked out.
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
    await page.locator('.recovery-codes li').first().waitFor()
    const codes = await page.locator('.recovery-codes li').allTextContents()
    await page.getByRole('button', { name: 'I have stored them' }).click()
    const list = page.getByRole('list', { name: 'Passkeys' })
    await list.getByRole('button', { name: 'Rename' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('Laptop')
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await list.getByText('Laptop').waitFor()
    await page.getByText('10 recovery codes are left.').waitFor()
    await assertLooks(page, 'passkeys-account')
    // The same device a second time.
    await addPasskey(page, 'Again')
    await page.getByText('This device has a passkey for your account already.').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    visitor.assertNothingWrong()
    const [credential] = await laptop.credentials()
    assert.ok(credential)

    const guest = await visit(browser, server.url)
    guest.expect(/401/)
    const brought = await device(guest.page)
    await guest.page.goto('/sign-in')
    await guest.page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
    await assertLooks(guest.page, 'passkeys-sign-in')
    await brought.add(credential)
    await guest.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await welcome(guest.page)
    guest.assertNothingWrong()

    await server.outdateConfirmations()
    guest.expect(/403/)
    await guest.page.goto('/console/account')
    await guest.page.getByRole('button', { name: 'New recovery codes' }).click()
    const again = guest.page.getByRole('dialog', { name: 'Enter your password again' })
    await again.getByRole('button', { name: 'Use a passkey' }).waitFor()
    await assertLooks(guest.page, 'passkeys-confirm')
    await again.getByRole('button', { name: 'Use a passkey' }).click()
    await guest.page.locator('.recovery-codes li').first().waitFor()
    guest.assertNothingWrong()

    // With the password first: the passkey is the second step, and an unverified owner is refused.
    const third = await visit(browser, server.url)
    third.expect(/401/)
    const phone = await device(third.page)
    const [used] = await brought.credentials()
    assert.ok(used)
    await phone.add(used)
    await third.page.goto('/sign-in')
    await enterPassword(third.page, 'grace')
    await third.page.getByRole('button', { name: 'Use a passkey' }).waitFor()
    await assertLooks(third.page, 'passkeys-second-step')
    await phone.verifies(false)
    await third.page.getByRole('button', { name: 'Use a passkey' }).click()
    await third.page.getByText('The browser gave no passkey').waitFor()
    await phone.verifies(true)
    await third.page.getByRole('button', { name: 'Use a passkey' }).click()
    await welcome(third.page)
    third.assertNothingWrong()

    // What the first browser still holds counts less than what the server saw: a copy.
    const copy = await visit(browser, server.url)
    copy.expect(/401/)
    await (await device(copy.page)).add(credential)
    await copy.page.goto('/sign-in')
    await copy.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await copy.page.getByText('The counter of the passkey went back').waitFor()
    copy.assertNothingWrong()

    const admin = await signIn(browser, server)
    await admin.page.goto(`/console/users/${id}`)
    await admin.page.getByText('Passkeys: Laptop').waitFor()
    await admin.page.getByRole('button', { name: 'Remove second step' }).click()
    await assertLooks(admin.page, 'passkeys-remove')
    await admin.page.getByRole('button', { name: 'Remove', exact: true }).click()
    await admin.page.getByText('None: the password is enough.').waitFor()
    admin.assertNothingWrong()
    await third.page.goto('/console/account')
    await third.page.getByRole('button', { name: 'Add a passkey' }).waitFor()
    assert.equal(await third.page.getByRole('list', { name: 'Passkeys' }).count(), 0)
    assert.equal(codes.length, 10)
  })

  test('whoever removes the last passkey signs in by the password alone', async () => {
    await server.user('normal', 'norma')
    const visitor = await signIn(browser, server, 'norma')
    const { page } = visitor
    await device(page)
    await page.goto('/console/account')
    await addPasskey(page, 'Phone')
    await page.getByRole('button', { name: 'I have stored them' }).click()
    await page.getByRole('list', { name: 'Passkeys' }).getByRole('button', { name: 'Remove' }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove the passkey “Phone”?' })
    await dialog.getByText('Your password alone signs you in then').waitFor()
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('The passkey “Phone” no longer signs you in.').waitFor()
    visitor.assertNothingWrong()
    await signIn(browser, server, 'norma')
  })
}
