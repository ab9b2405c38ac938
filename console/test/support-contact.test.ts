import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

const contact = 'https://help.example.org/new?topic=account&lang=en'

suite('whom to contact', { skip }, async () => {
  if (skip) return
  const server = await startConsole({ COMSERV_SUPPORT_CONTACT: contact })
  const silent = await startConsole()
  const browser = await startChromium()
  const text = async (path: string, { url } = server) => (await fetch(url + path)).text()

  test('the sign-in names whom the operator has named, and so does the page of a closed form', async () => {
    const { page, assertNothingWrong } = await visit(browser, server.url)
    for (const path of ['/sign-in', '/key-request', '/new-password']) {
      await page.goto(path)
      const link = page.getByRole('link', { name: contact, exact: true })
      assert.equal(await link.getAttribute('href'), contact, path)
      await assertAccessible(page)
    }
    await page.goto('/')
    assert.equal(await page.getByRole('link', { name: contact, exact: true }).getAttribute('href'), contact)
    assertNothingWrong()
  })

  test('without a contact it is an administrator', async () => {
    const { page, assertNothingWrong } = await visit(browser, silent.url)
    await page.goto('/sign-in')
    await page
      .getByText('Forgot password? No account yet? Contact an administrator.', { exact: true })
      .waitFor()
    assertNothingWrong()
  })

  test('the documentation names the contact as HTML and as Markdown, and leaves no gap without one', async () => {
    const paragraph = `<p>Contact: <a href="${contact.replace('&', '&#38;')}">`
    assert.ok((await text('/')).includes(paragraph))
    for (const path of ['/docs/overview.md', '/llms.txt', '/llms-full.txt'])
      assert.ok((await text(path)).includes(`Contact: <${contact}>\n`), path)
    for (const path of ['/', '/docs/overview.md', '/llms.txt', '/llms-full.txt', '/sign-in'])
      assert.doesNotMatch(await text(path, silent), /%SUPPORT|Contact: /, path)
  })
})
