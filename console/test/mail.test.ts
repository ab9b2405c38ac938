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
    assertNothingWrong()
  })
})
