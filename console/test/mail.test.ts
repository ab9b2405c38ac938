import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startMailServer } from '../../server/test/mail-server.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { assertLooks, picture } from './looks.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'
import { visit } from './visitor.ts'

suite('mail', { skip }, async () => {
  if (skip) return
  const mails = await startMailServer()
  const server = await startConsole({
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'platform@example.org',
  })
  await seedContent(server)
  const browser = await startChromium()

  test('who forgot the password gets a link by mail, sets another one, and is signed in', async () => {
    const { page, assertNothingWrong } = await visit(browser, server.url)
    await page.goto('/sign-in')
    await page.getByRole('link', { name: 'Forgot password?' }).click()
    // The sign-in has a field of the same name: until this page is there, the name would go into that one.
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
    await page.getByLabel('Username or email').fill('johndoe')
    await picture(page, 'forgot-password')
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText('If there is an account with this name').waitFor()
    await assertAccessible(page)
    await mails.arrived(1)
    const path = /\/new-password#token=[\w-]{43}/.exec(mails.received[0]?.text ?? '')?.[0]
    assert.ok(path)
    await page.goto(path)
    await page.getByLabel('New password').fill('an entirely new secret')
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.waitForURL('**/console')
    assertNothingWrong()
  })

  test('administrators see the log, without links, and resend', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    await page.goto('/console/mail')
    await page.getByText('johndoe@example.org').waitFor()
    assert.equal((await page.content()).includes('#token='), false)
    await assertLooks(page, 'mail')
    await page.getByRole('button', { name: 'Resend' }).click()
    await page.getByText('The mail to johndoe@example.org is on its way.').first().waitFor()
    await mails.arrived(2)
    assert.equal(mails.received[1]?.to, 'johndoe@example.org')
    await page.getByRole('link', { name: 'johndoe' }).first().click()
    await page.getByRole('button', { name: 'Password link' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    await page.getByText('The mail to “johndoe” is on its way.').first().waitFor()
    await mails.arrived(3)
    assertNothingWrong()
  })

  test('a new user is invited by mail, chooses a password with the link, and is signed in', async () => {
    const { page, assertNothingWrong } = await signIn(browser, server)
    const before = mails.received.length
    await page.goto('/console/users/new')
    await page.getByLabel('Username').fill('katherine')
    await page.getByLabel('Email').fill('katherine@example.org')
    assert.ok(await page.getByRole('radio', { name: 'Send an invitation' }).isChecked())
    assert.equal(await page.getByLabel('Password', { exact: true }).count(), 0)
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { level: 1, name: 'katherine' }).waitFor()
    await mails.arrived(before + 1)
    const mail = mails.received.at(-1)
    assert.equal(mail?.to, 'katherine@example.org')
    const path = /\/new-password#token=[\w-]{43}/.exec(mail?.text ?? '')?.[0]
    assert.ok(path)
    const guest = await visit(browser, server.url)
    await guest.page.goto(path)
    await guest.page.getByLabel('New password').fill('an entirely new secret')
    await guest.page.getByRole('button', { name: 'Set password and sign in' }).click()
    await guest.page.waitForURL('**/console')
    await guest.page.getByRole('button', { name: 'Signed in as katherine' }).waitFor()
    guest.assertNothingWrong()

    await page.goto('/console/users/new')
    await page.getByLabel('Username').fill('dorothy')
    await page.getByLabel('Email').fill('dorothy@example.org')
    await page.getByRole('radio', { name: 'Set a password now' }).check()
    await page
      .getByLabel('Password', { exact: true })
      .and(page.locator('input'))
      .fill('an entirely new secret')
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByRole('heading', { level: 1, name: 'dorothy' }).waitFor()
    assert.equal(mails.received.length, before + 1)
    assertNothingWrong()
  })

  test('without a mail server the page says whom to contact, and administrators get the link', async () => {
    const silent = await startConsole({ COMSERV_SUPPORT_CONTACT: 'help@example.org' })
    await seedContent(silent)
    const { page, assertNothingWrong } = await signIn(browser, silent)
    const { id } = await silent.user('normal', 'robin')
    await page.goto(`/console/users/${id}`)
    await page.getByRole('button', { name: 'Password link' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    const link = await page.getByText(/\/new-password#token=/).textContent()
    await assertAccessible(page)
    const guest = await visit(browser, silent.url)
    await guest.page.goto('/forgot-password')
    await guest.page.getByText('This server sends no mail. Contact help@example.org').waitFor()
    await guest.page.goto(link ?? '')
    await guest.page.getByLabel('New password').fill('an entirely new secret')
    await guest.page.getByRole('button', { name: 'Set password and sign in' }).click()
    await guest.page.waitForURL('**/console')
    guest.assertNothingWrong()

    await page.goto('/console/users/new')
    await page.getByLabel('Username').fill('katherine')
    await page.getByLabel('Email').fill('katherine@example.org')
    assert.ok(await page.getByRole('radio', { name: 'Set a password now' }).isChecked())
    await page.getByRole('radio', { name: 'Make a link to hand over' }).check()
    await page.getByRole('button', { name: 'Create user' }).click()
    await page.getByText('This link is shown only once').waitFor()
    await assertAccessible(page)
    const invitation = await page.getByText(/\/new-password#token=/).textContent()
    await page.getByRole('button', { name: 'I have stored it' }).click()
    await page.getByRole('heading', { level: 1, name: 'katherine' }).waitFor()
    const invited = await visit(browser, silent.url)
    await invited.page.goto(invitation ?? '')
    await invited.page.getByLabel('New password').fill('an entirely new secret')
    await invited.page.getByRole('button', { name: 'Set password and sign in' }).click()
    await invited.page.waitForURL('**/console')
    invited.assertNothingWrong()
    assertNothingWrong()
  })
})
