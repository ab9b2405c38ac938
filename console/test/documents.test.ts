import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { focused, pressTo } from './keyboard.ts'
import { signIn } from './people.ts'
import { seedContent } from './seed.ts'

suite('documents', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await seedContent(server)
  const editor = await signIn(browser, server, 'johndoe')
  const { page } = editor
  const idOf = async (title: string): Promise<number> =>
    (await server.call('GET', `/api/v1/documents?q=${encodeURIComponent(title)}`)).body.data[0].id
  const read = async (id: number) => (await server.call('GET', `/api/v1/documents/${id}`)).body
  const create = async (fields: object): Promise<number> =>
    (await server.call('POST', '/api/v1/documents', fields)).body.id
  test('a document is written with the tools, previewed, saved as a draft and published', async () => {
    await page.goto('/console/documents/new')
    await page.getByLabel('Title').fill('Handbook')
    await page.getByLabel('Summary').fill('How we work')
    const text = page.getByLabel('Text', { exact: true })
    await text.fill('Welcome to us')
    await text.selectText()
    await text.press('Control+b')
    assert.equal(await text.inputValue(), '**Welcome to us**')
    await page.getByRole('button', { name: 'Italic' }).click()
    await page.getByRole('button', { name: 'Italic' }).click()
    assert.equal(await text.inputValue(), '**Welcome to us**')
    await text.press('Control+z')
    await text.press('Control+z')
    await text.press('Control+z')
    assert.equal(await text.inputValue(), 'Welcome to us')
    await page.getByRole('button', { name: 'Heading' }).click()
    assert.equal(await text.inputValue(), '## Welcome to us')
    await page
      .getByRole('region', { name: 'Preview' })
      .getByRole('heading', { name: 'Welcome to us' })
      .waitFor()
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByRole('heading', { name: 'Handbook', level: 1 }).waitFor()
    const id = await idOf('Handbook')
    assert.equal((await read(id)).status, 'draft')
    assert.equal((await read(id)).content, '## Welcome to us')
    assert.equal((await read(id)).summary, 'How we work')
    await page.getByText('How we work').waitFor()

    await page.getByRole('link', { name: 'Edit' }).click()
    await text.fill('## Welcome to us\n\nBe kind.')
    await text.press('Control+s')
    await page.getByText('Saved as version 2.').waitFor()
    await text.fill('## Welcome to us\n\nBe kind, and **early**.')
    await page.getByLabel('Summary').fill('')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Saved as version 3.').waitFor()
    assert.equal((await read(id)).summary, null)
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByRole('link', { name: 'Edit' }).waitFor()
    await page.getByRole('article').getByText('early').waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await inDialog(page, 'Publish')
    await page.getByText('published', { exact: true }).waitFor()
    assert.equal((await read(id)).status, 'published')
    editor.assertNothingWrong()
  })

  test('errors of the API appear beside their fields', async () => {
    editor.expect(/400/)
    await page.goto('/console/documents/new')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('The “Title” field must have 1 to 300 characters.').waitFor()
    await page.getByLabel('Title').fill('Something')
    await page.getByRole('combobox', { name: 'Category' }).fill(' ')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('The “Category” field must be a name of 1 to 100 characters').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Leave and discard my changes' }).click()
    await page.waitForURL('**/console/documents')
    editor.assertNothingWrong()
  })

  test('a draft is scheduled in local time, told in UTC, and unscheduled', async () => {
    const id = await create({ title: 'Plan of the year', content: 'Soon.' })
    editor.expect(/400/)
    await page.goto(`/console/documents/${id}`)
    await page.getByRole('button', { name: 'Schedule' }).click()
    const at = page.getByLabel('Publish at')
    await at.fill('2020-01-15T09:00')
    await page.getByText('2020-01-15T08:00:00Z').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Schedule' }).click()
    await page.getByText('must be in the future').waitFor()
    await at.fill('2033-07-15T09:30')
    await page.getByText('2033-07-15T07:30:00Z').waitFor()
    await inDialog(page, 'Schedule')
    await page.getByText('scheduled').waitFor()
    await page.getByText('15 Jul 2033, 09:30').waitFor()
    assert.equal((await read(id)).publish_at, '2033-07-15T07:30:00Z')

    await page.getByRole('button', { name: 'Reschedule' }).click()
    assert.equal(await at.inputValue(), '2033-07-15T09:30')
    await at.fill('2034-01-15T09:30')
    await inDialog(page, 'Schedule')
    await page.getByText('2034-01-15T08:30:00Z').waitFor()
    await page.getByRole('button', { name: 'Unschedule' }).click()
    await inDialog(page, 'Unschedule')
    await page.getByRole('button', { name: 'Schedule' }).waitFor()
    assert.equal((await read(id)).publish_at, null)
    editor.assertNothingWrong()
  })

  test('any version is compared with the present one, and restored', async () => {
    const text = Array.from({ length: 30 }, (_, i) => `Line ${i + 1}`)
    const id = await create({ title: 'Rules', category: 'policies', content: text.join('\n') })
    const second = text.with(14, 'Line fifteen, changed')
    await server.call('PATCH', `/api/v1/documents/${id}`, { content: second.join('\n'), category: 'house' })
    await server.call('PATCH', `/api/v1/documents/${id}`, { content: second.toSpliced(2, 1).join('\n') })
    await page.goto(`/console/documents/${id}`)
    await page.getByRole('link', { name: '3, compare with earlier ones' }).click()
    await page.getByText('3, the current one').waitFor()
    await page.getByRole('link', { name: '2, compare' }).click()
    await page.getByText('1 line removed, 0 lines added').waitFor()
    await page.getByRole('link', { name: 'Version 1' }).click()
    await page.getByText('2 lines removed, 1 line added').waitFor()
    const difference = page.getByRole('region', { name: 'Text of version 1 and of version 3' })
    assert.deepEqual(await difference.locator('del').allTextContents(), ['Line 3', 'Line 15'])
    assert.deepEqual(await difference.locator('ins').allTextContents(), ['Line fifteen, changed'])
    await page.getByText('policies').waitFor()
    assert.equal(await difference.getByText('Line 25', { exact: true }).count(), 0)
    await difference
      .getByRole('button', { name: /without changes/ })
      .last()
      .click()
    await difference.getByText('Line 25', { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Restore this version' }).click()
    await inDialog(page, 'Restore')
    await page.getByText('The document is as it was in version 1.').waitFor()
    await page.waitForURL(`**/console/documents/${id}`)
    const restored = await read(id)
    assert.equal(restored.content, text.join('\n'))
    assert.deepEqual([restored.category, restored.version], ['policies', 4])
    editor.assertNothingWrong()
  })

  test('a conflicting edit shows the difference, and neither text is lost', async () => {
    const id = await create({ title: 'Minutes', content: 'One\nTwo\nThree' })
    editor.expect(/412/)
    await page.goto(`/console/documents/${id}/edit`)
    const text = page.getByLabel('Text', { exact: true })
    await text.fill('One\nTwo\nThree\nFour')
    await server.call('PATCH', `/api/v1/documents/${id}`, {
      content: 'One\nZwei\nThree',
      title: 'Minutes of May',
    })
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Somebody else has changed this document since you opened it').waitFor()
    const theirs = page.getByRole('region', { name: 'Their changes to the text' })
    await theirs.locator('ins', { hasText: 'Zwei' }).waitFor()
    await page.getByText('Minutes of May').waitFor()
    assert.equal(await text.inputValue(), 'One\nTwo\nThree\nFour')
    await page.getByRole('button', { name: 'Save mine over theirs' }).click()
    await page.getByText('Saved as version 3.').waitFor()
    const saved = await read(id)
    assert.deepEqual([saved.title, saved.content], ['Minutes of May', 'One\nTwo\nThree\nFour'])
    assert.equal(
      (await server.call('GET', `/api/v1/documents/${id}/revisions/2`)).body.content,
      'One\nZwei\nThree',
    )

    await text.fill('Mine')
    await server.call('PATCH', `/api/v1/documents/${id}`, { content: 'Theirs' })
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByRole('button', { name: 'Load their version, discard mine' }).click()
    await page.getByRole('region', { name: 'Preview' }).getByText('Theirs').waitFor()
    assert.equal(await text.inputValue(), 'Theirs')

    await page.goto(`/console/documents/${id}`)
    await page.getByText('Theirs').waitFor()
    await server.call('PATCH', `/api/v1/documents/${id}`, { content: 'Nobody has read this' })
    await page.getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click()
    await page.getByRole('button', { name: 'Load the current version' }).click()
    await page.getByText('Nobody has read this').waitFor()
    assert.equal((await read(id)).status, 'draft')
    editor.assertNothingWrong()
  })

  test('a document is archived, deleted, brought back by Undo and out of the trash', async () => {
    const id = await create({ title: 'Old news', status: 'published', content: 'Once.' })
    await page.goto(`/console/documents/${id}`)
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Archive' }).click()
    await inDialog(page, 'Archive')
    await page.getByText('archived', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByText('all its 2 versions').waitFor()
    await inDialog(page, 'Delete')
    await page.getByText('“Old news” is in the trash.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('“Old news” is back.').waitFor()
    await page.getByRole('link', { name: 'Old news' }).waitFor()
    await server.call('DELETE', `/api/v1/documents/${id}`)
    await page.getByRole('link', { name: 'Trash' }).click()
    await page.getByRole('button', { name: 'Restore Old news' }).click()
    await inDialog(page, 'Restore')
    await page.getByRole('button', { name: 'Restore Old news' }).waitFor({ state: 'hidden' })
    assert.equal((await read(id)).status, 'archived')
    editor.assertNothingWrong()
  })

  test('unsaved text survives a link, Back, closing the tab and the end of the session', async () => {
    const writer = await signIn(browser, server, 'johndoe')
    const { page } = writer
    const id = await create({ title: 'Novel', content: 'Chapter one' })
    await page.goto(`/console/documents/${id}`)
    await page.getByRole('link', { name: 'Edit' }).click()
    const text = page.getByLabel('Text', { exact: true })
    await text.fill('Chapter one, and two')
    const question = page.getByRole('dialog', { name: 'Leave without saving?' })
    const stay = question.getByRole('button', { name: 'Stay here' })
    await page.getByRole('link', { name: 'Users', exact: true }).click()
    await stay.click()
    await page.goBack()
    await stay.click()
    await question.waitFor({ state: 'hidden' })
    const asked = page.waitForEvent('dialog')
    const closing = page.close({ runBeforeUnload: true })
    await (await asked).dismiss()
    await closing
    assert.equal(await text.inputValue(), 'Chapter one, and two')

    await writer.context.clearCookies()
    writer.expect(/401/)
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('What you typed is still here').waitFor()
    assert.equal(await text.inputValue(), 'Chapter one, and two')
    const again = await writer.context.newPage()
    await again.goto('/sign-in')
    await again.getByLabel('Username or email').fill('johndoe')
    await again.getByLabel('Password', { exact: true }).fill(password)
    await again.getByRole('button', { name: 'Sign in', exact: true }).click()
    await again.waitForURL('**/console')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Saved as version 2.').waitFor()
    assert.equal((await read(id)).content, 'Chapter one, and two')
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.waitForURL(`**/console/documents/${id}`)
    writer.assertNothingWrong()
    await writer.context.close()
  })

  test('a document can be published right after saving, before the page has refreshed', async () => {
    const id = await create({ title: 'In a hurry', content: 'First' })
    await page.goto(`/console/documents/${id}`)
    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Text', { exact: true }).fill('Second')
    const read = Promise.withResolvers<void>()
    await page.route(`**/api/v1/documents/${id}`, async (route) => {
      if (route.request().method() === 'GET') await read.promise
      await route.continue()
    })
    await page.getByRole('button', { name: 'Save draft' }).click()
    await page.getByText('Saved as version 2.').waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByRole('article').getByText('Second').waitFor()
    await page.getByRole('button', { name: 'Publish' }).click()
    await inDialog(page, 'Publish')
    await page.getByText('published', { exact: true }).waitFor()
    read.resolve()
    await page.unrouteAll({ behavior: 'wait' })
    editor.assertNothingWrong()
  })

  test('a document cannot attack its readers', async () => {
    const content = [
      '<script>document.title = "taken"</script>',
      '<img src="https://elsewhere.example/a.png" onerror="document.title = 1">',
      '[press](javascript:document.title=1) and [go](https://elsewhere.example/)',
      '![a chart](https://elsewhere.example/chart.png)',
      'AT&amp;T &lt;b&gt;',
      '| a |\n| --- |\n| <b>b</b> |',
      '- [x] done',
      '![count](/api/v1/documents?page=2) ![up](/assets/%2e%2e/api/v1/users) ![live](/health/ready)',
    ].join('\n\n')
    const id = await create({ title: 'Harmless', status: 'published', content })
    await page.goto(`/console/documents/${id}`)
    const article = page.getByRole('article')
    await article.getByText('<script>document.title = "taken"</script>').waitFor()
    await article.getByText('AT&T <b>').waitFor()
    // Nor call the API in the name of whoever reads.
    for (const name of ['count', 'up', 'live'])
      await article.getByRole('link', { name: `Picture: ${name}` }).waitFor()
    assert.equal(await article.locator('script, img, b, iframe').count(), 0)
    assert.equal(await article.getByRole('link', { name: 'press' }).count(), 0)
    assert.equal(await article.getByRole('link', { name: 'go' }).getAttribute('rel'), 'noopener noreferrer')
    const chart = article.getByRole('link', { name: 'Picture: a chart' })
    assert.equal(await chart.getAttribute('href'), 'https://elsewhere.example/chart.png')
    assert.equal(await page.title(), 'Harmless · Comserv')
    await page.goto(
      `/console/documents/${await create({ title: 'Page', content_type: 'text/html', content })}`,
    )
    await article.getByText('<script>').waitFor()
    await page.goto(
      `/console/documents/${await create({ title: 'Data', content_type: 'application/json', content: '{"a":' })}`,
    )
    await article.getByText('This is not valid JSON').waitFor()
    editor.assertNothingWrong()
  })

  const hostile = {
    'emphasis without an end': '_a'.repeat(60_000),
    'brackets without an end': '['.repeat(60_000),
    'links in links': '[a]('.repeat(30_000),
    'quotes in quotes': `${'> '.repeat(5_000)}deep`,
    'lists in lists': Array.from({ length: 400 }, (_, i) => `${'  '.repeat(i)}- ${i}`).join('\n'),
    'a table of 40,000 cells': `|${' a |'.repeat(200)}\n|${' - |'.repeat(200)}\n${`|${' b |'.repeat(200)}\n`.repeat(200)}`,
  }

  test('no text freezes the tab of its reader', async () => {
    for (const [name, content] of Object.entries(hostile)) {
      const id = await create({ title: name, content })
      await page.goto(`/console/documents/${id}`)
      const answers = page.evaluate(longestPause)
      await page.getByRole('article').getByText(content.slice(-1), { exact: false }).first().waitFor()
      const pauseMs = Number(await answers)
      assert.ok(pauseMs < 3_000, `${name} stops the tab for ${pauseMs} ms`)
    }
    editor.assertNothingWrong()
  })

  test('everything can be done with the keyboard alone', async () => {
    await page.goto('/console/documents/new')
    await page.getByLabel('Title').focus()
    await page.keyboard.type('By hand')
    await pressTo(page, 'Bold')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.evaluate('document.activeElement.ariaLabel'), 'Heading')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Typed')
    await page.keyboard.press('Control+s')
    await page.getByRole('heading', { name: 'By hand', level: 1 }).waitFor()
    await page.keyboard.press('Tab')
    await pressTo(page, 'Publish')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await until('the way out to have the focus', async () => (await focused(page)) === 'Cancel' || undefined)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('published', { exact: true }).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await pressTo(page, 'More')
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Delete' }).waitFor()
    await pressTo(page, 'Delete', 'ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Delete “By hand”?' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    editor.assertNothingWrong()
  })
})

async function inDialog(page: Page, verb: string): Promise<void> {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: verb, exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
}

/** How long the page answered nothing, at the longest, until the text is shown and half a second more. */
const longestPause = `new Promise((resolve) => {
  let longest = 0
  let last = performance.now()
  let shownAt
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (document.querySelector('article .written, article .as-written')) shownAt ??= now
    if (shownAt !== undefined && now - shownAt > 500) resolve(longest)
    else setTimeout(look, 20)
  }
  look()
})`
