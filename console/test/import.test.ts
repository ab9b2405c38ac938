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
    const text = 'Login Name,email,Shoe size\nada,ada@example.org,38\nada,other@example.org,40\n'
    const csv = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
    await page.locator('input[type=file]').setInputFiles(csv)
    await page.getByRole('button', { name: 'Check the file', exact: true }).click()
    await page.getByLabel('Login Name', { exact: true }).waitFor()
    assert.equal(await page.getByLabel('Login Name', { exact: true }).inputValue(), 'username')
    assert.equal(await page.getByLabel('Shoe size', { exact: true }).inputValue(), '')
    await page.getByRole('cell', { name: 'ada@example.org', exact: true }).waitFor()
    await page.getByText(/'username' is in an earlier line/).waitFor()
    await page.getByRole('button', { name: 'Import 1 user', exact: true }).click()
    await page.getByRole('heading', { name: 'What was imported', exact: true }).waitFor()
    await page
      .getByText('1 user has no password yet. “Password link” on their page lets them choose one.', {
        exact: true,
      })
      .waitFor()
    await page.getByRole('link', { name: 'Back to users', exact: true }).click()
    await page.getByRole('link', { name: 'ada', exact: true }).click()
    await page.getByRole('button', { name: 'Password link', exact: true }).waitFor()
    const { body } = await server.call('GET', '/api/v1/users?limit=100')
    const imported = body.data.filter((user: { username: string }) => user.username === 'ada')
    assert.equal(imported.length, 1)
  })

  test('an import that fails in its third request shows what the first two did', async () => {
    const { page } = await signIn(browser, server, 'admin')
    // The server needs 45 seconds to end a request early: its responses say so here before they reach the page.
    await page.addInitScript(`{
      const was = window.fetch
      let sent = 0
      window.fetch = async (address, options) => {
        const url = String(address.url ?? address)
        if (!url.includes('/users/import') || url.includes('dry_run=true')) return was(address, options)
        sent++
        if (sent > 2) {
          const error = { code: 'forbidden', message: 'Access denied', details: 'The session has ended.' }
          return Response.json({ error }, { status: 403 })
        }
        const report = await (await was(address, options)).json()
        return Response.json({ ...report, is_complete: false, next_row: 3 + sent })
      }
    }`)
    await page.goto(`${server.url}/console/users/import`)
    const rows = [
      'katherine,katherine@example.org',
      'dorothy,dorothy@example.org',
      'dorothy,other@example.org',
    ]
    const text = `username,email\n${rows.join('\n')}\n`
    const csv = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
    await page.locator('input[type=file]').setInputFiles(csv)
    await page.getByRole('button', { name: 'Check the file', exact: true }).click()
    await page.getByRole('button', { name: 'Import 2 users', exact: true }).click()
    await page.getByText('The session has ended.').waitFor()
    const result = page.locator('section', {
      has: page.getByRole('heading', { name: 'What was imported before it failed', exact: true }),
    })
    await result.getByText('2 users', { exact: true }).waitFor()
    await result.getByText('2 rows', { exact: true }).waitFor()
    await page.getByText('To continue, import the same file again').waitFor()
    assert.equal(await page.getByRole('heading', { name: 'What would be imported' }).count(), 0)
  })

  test('German columns saved by Excel are read and given their fields', async () => {
    const { page } = await signIn(browser, server, 'admin')
    await page.goto(`${server.url}/console/documents/import`)
    const rows = Array.from({ length: 30 }, (_, i) => `B\xfccher ${i};01.03.2024;x`).join('\n')
    const buffer = Buffer.from(`Titel;ver\xf6ffentlicht am;\xdcbersicht\n${rows}\n`, 'latin1')
    await page.locator('input[type=file]').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer })
    await page.getByRole('button', { name: 'Check the file', exact: true }).click()
    await page.getByText('30 rows are not UTF-8. Was the file saved by Excel?', { exact: true }).waitFor()
    assert.equal(
      await page.getByRole('button', { name: 'Import 0 documents', exact: true }).isDisabled(),
      true,
    )
    await page.getByText('There is nothing to import: the rows cannot be read in this encoding.').waitFor()
    await page.getByRole('button', { name: 'Read it as Windows-1252', exact: true }).click()
    await page.getByRole('cell', { name: '2–31', exact: true }).waitFor()
    await page
      .getByText(/The column 'veröffentlicht am' has '01\.03\.2024', in which day and month/)
      .waitFor()
    assert.equal(await page.getByLabel('Titel', { exact: true }).inputValue(), 'title')
    await page.getByLabel('veröffentlicht am', { exact: true }).selectOption('')
    await page.getByRole('button', { name: 'Check the file', exact: true }).click()
    await page.getByRole('button', { name: 'Import 30 documents', exact: true }).waitFor()
    assert.doesNotMatch(await page.locator('main').innerText(), /map=|encoding=|time_zone/)
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
