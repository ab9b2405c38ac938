import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

if (skip) test('a file is checked and imported', { skip }, () => {})
else {
  const server = await startConsole()
  await seedContent(server)
  const browser = await startChromium()

  test('a file is checked, shown, and imported once', async () => {
    const { page } = await signIn(browser, server, 'admin')
    await page.goto(`${server.url}/console/users`)
    await page.getByRole('link', { name: 'Import', exact: true }).click()
    const text = 'Full Name,email\nada,ada@example.org\nada,other@example.org\n'
    const csv = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
    await page.locator('input[type=file]').setInputFiles(csv)
    const check = page.getByRole('button', { name: 'Check the file', exact: true })
    await check.click()
    await page.getByText(/map=\{"Full Name":"FIELD"\}/).waitFor()
    await page
      .locator('input[type=file]')
      .setInputFiles({ ...csv, buffer: Buffer.from(text.replace('Full Name', 'username')) })
    await check.click()
    await page.getByRole('cell', { name: 'ada@example.org', exact: true }).waitFor()
    await page.getByText(/'username' is in an earlier line/).waitFor()
    await page.getByRole('button', { name: 'Import 1 user', exact: true }).click()
    await page.getByRole('heading', { name: 'What was imported', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Back to users', exact: true }).click()
    await page.getByRole('link', { name: 'ada', exact: true }).waitFor()
    const { body } = await server.call('GET', '/api/v1/users?limit=100')
    const imported = body.data.filter((user: { username: string }) => user.username === 'ada')
    assert.equal(imported.length, 1)
  })

  test('the pages fit a phone, in the dark', async () => {
    const { page } = await signIn(browser, server, 'admin', { theme: 'dark' })
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${server.url}/console/documents/import`)
    const csv = {
      name: 'x.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        'title,category\nA title that is long enough to be cut somewhere,reports\n,reports\n',
      ),
    }
    await page.locator('input[type=file]').setInputFiles(csv)
    await page.getByRole('button', { name: 'Check the file', exact: true }).click()
    await page.getByRole('heading', { name: 'Refused rows', exact: true }).waitFor()
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390)
  })
}
