import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { testOnce, themes } from './fonts.ts'
import { focused, pressTo } from './keyboard.ts'
import { signIn } from './people.ts'
import { assertReachable } from './reach.ts'

const titles = [
  'Announcement of the annual general meeting and of the elections to the works council',
  'Travel expenses',
  'Information security policy for contractors and visitors of all locations',
  'Quarterly report on accessibility',
  'Data protection impact assessment of the new payroll system',
]
const categories = ['announcements', 'human-resources', 'policies', 'information-technology']
const people = ['aisha.boateng', 'maximilian.schwarzenberger', 'li.wei']
const lists = ['documents', 'users', 'developer/credentials', 'developer/webhooks', 'audit']

/** Words of rows that are on more than one line; a word may end at a hyphen. */
const brokenWords = `(() => {
  const walker = document.createTreeWalker(document.querySelector('.list'), NodeFilter.SHOW_TEXT)
  const broken = []
  while (walker.nextNode()) {
    const node = walker.currentNode
    for (const { 0: word, index } of node.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
      if (tops.size > 1) broken.push(word)
    }
  }
  return broken
})()`

/** Chooses in fields and presses buttons, by their names, before the page can show what the first of them did. */
async function atOnce(page: Page, steps: readonly (readonly [string, string, string])[]): Promise<void> {
  await page.evaluate(`(() => {
    for (const [tag, name, value] of ${JSON.stringify(steps)}) {
      const found = [...document.querySelectorAll(tag)].find((one) =>
        [one.ariaLabel, one.labels?.[0]?.innerText, tag === 'button' && one.innerText].includes(name))
      if (tag === 'button') found.click()
      else {
        found.value = value
        found.dispatchEvent(new Event('change', { bubbles: true }))
      }
    }
  })()`)
}

const wholeRows = `[...document.querySelectorAll('.list tbody tr, .event')].filter((row) => {
  const { top, bottom } = row.getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight
}).length`

/** The lower edges of the controls above a list: one for each row of them. */
const filterRows = `[...new Set([...document.querySelectorAll('.filters :is(input:not([type=hidden]), select, button)')]
  .filter((control) => control.checkVisibility() && control.closest('.mantine-Input-section') === null)
  .map((control) => Math.round(control.getBoundingClientRect().bottom)))]`

suite('lists to work in', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  await server.user('admin', 'admin')
  const ids: number[] = []
  for (const name of people) ids.push((await server.user('editor', name)).id)
  const items = Array.from({ length: 90 }, (_, i) => ({
    action: 'create',
    data: {
      title: `${titles[i % titles.length]} ${2_000 + i}`,
      category: categories[i % categories.length],
      author_id: ids[i % ids.length],
      ...(i === 0 ? { publish_at: '2099-01-01T09:00:00Z' } : {}),
    },
  }))
  await server.call('POST', '/api/v1/documents/batch?atomic=true', { items })
  await server.call('POST', '/api/v1/webhooks', { url: 'http://127.0.0.1:9/hooks', events: ['user.created'] })

  const shown = async (page: Page, path: string) => {
    await page.goto(`/console/${path}`)
    await page.locator('.list tbody tr, .event').first().waitFor()
    await page.waitForLoadState('networkidle')
  }

  for (const width of [1280, 1600]) {
    test(`at ${width} × 800 there are 14 rows at least, each on one line, below one row of filters`, async () => {
      const { page, context, assertNothingWrong } = await signIn(browser, server)
      await page.setViewportSize({ width, height: 800 })
      for (const path of ['documents', 'audit', 'developer/events']) {
        await shown(page, path)
        const rows = Number(await page.evaluate(wholeRows))
        assert.ok(rows >= 14, `${path} shows ${rows} rows`)
      }
      for (const path of lists) {
        await shown(page, path)
        assert.deepEqual(await page.evaluate(brokenWords), [], path)
        assert.equal(((await page.evaluate(filterRows)) as number[]).length, 1, path)
        assert.equal(
          await page.evaluate("document.querySelector('.list-frame').scrollWidth"),
          await page.evaluate("document.querySelector('.list-frame').clientWidth"),
          path,
        )
      }
      assertNothingWrong()
      await context.close()
    })
  }

  test('where columns do not fit, rows are cards; nothing is broken or wider than the page', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    for (const path of lists) {
      await shown(page, path)
      for (const width of [768, 390, 320]) {
        await page.setViewportSize({ width, height: 800 })
        const needed = Number(await page.evaluate('document.documentElement.scrollWidth'))
        assert.ok(needed <= width, `${path} needs ${needed} px of ${width}`)
        assert.deepEqual(await page.evaluate(brokenWords), [], `${path} at ${width}`)
      }
    }
    await page.getByRole('button', { name: 'More filters' }).click()
    await page.getByLabel('Until', { exact: true }).waitFor()
    await assertReachable(page, 'all filters at 320 px')
    assertNothingWrong()
    await context.close()
  })

  testOnce('times are short, and whole on hover; so is a title that is cut off', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    await shown(page, 'documents?sort=created_at')
    const time = page.locator('.list time').first()
    assert.match(await time.innerText(), /^(just now|\d+ min\.? ago)$/)
    const at = (await time.getAttribute('datetime')) ?? ''
    assert.match((await time.getAttribute('title')) ?? '', new RegExp(`^\\d+ \\w+ \\d{4}, .*\\(${at}\\)$`))
    const link = page.getByRole('link', { name: `${titles[0]} 2000`, exact: true })
    assert.equal(await link.getAttribute('title'), `${titles[0]} 2000`)
    assert.ok(
      await link.evaluate(
        (element: { scrollWidth: number; clientWidth: number }) => element.scrollWidth > element.clientWidth,
      ),
    )
    const author = page.getByRole('cell', { name: 'maximilian.schwarzenberger' }).first()
    await author.hover()
    assert.equal(await author.getAttribute('title'), 'maximilian.schwarzenberger')
    assertNothingWrong()
    await context.close()
  })

  testOnce('page, size and order are in the address: first, last, jump, Back', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    const at = (search: string) => page.waitForURL((url) => url.search === search)
    await shown(page, 'documents')
    await page.getByText('90 entries, page 1 of 5').waitFor()
    await page.getByRole('button', { name: 'Last page', exact: true }).click()
    await at('?page=5')
    await page.getByText('page 5 of 5').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Last page', exact: true }).isDisabled())
    const jump = page.getByRole('textbox', { name: 'Go to page', exact: true })
    await jump.fill('3')
    await jump.press('Enter')
    await at('?page=3')
    await page.getByText('page 3 of 5').waitFor()
    await page.getByLabel('Rows per page').selectOption('50')
    await at('?limit=50')
    await page.getByText('90 entries, page 1 of 2').waitFor()
    assert.equal(await page.locator('.list tbody tr').count(), 50)
    await jump.fill('4711')
    await jump.press('Enter')
    await at('?limit=50&page=2')
    await page.getByText('page 2 of 2').waitFor()
    await page.getByRole('button', { name: 'First page', exact: true }).click()
    await at('?limit=50')
    for (let i = 0; i < 3; i++) await page.goBack()
    await at('?page=3')
    await page.getByText('page 3 of 5').waitFor()
    await shown(page, 'developer/events')
    await page.getByLabel('Rows per page').selectOption('20')
    await at('?limit=20')
    await until('20 events', async () => (await page.locator('.event').count()) === 20 || undefined)
    await page.getByRole('link', { name: 'Older events' }).click()
    await page.waitForURL(/before=\d+&limit=20$/)
    assertNothingWrong()
    await context.close()
  })

  testOnce('two changes in the same moment are both in the address', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    await shown(page, 'documents?page=2')
    await atOnce(page, [
      ['select', 'Status', 'draft'],
      ['button', 'Next', ''],
      ['select', 'Rows per page', '50'],
    ])
    await page.waitForURL((url) => url.search === '?status=draft&limit=50')
    await shown(page, 'documents')
    await atOnce(page, [
      ['button', 'Next', ''],
      ['button', 'Next', ''],
    ])
    await page.waitForURL((url) => url.search === '?page=3')
    await page.getByText('page 3 of 5').waitFor()
    await shown(page, 'developer/events')
    await atOnce(page, [
      ['select', 'Type', 'document.created'],
      ['select', 'Rows per page', '20'],
    ])
    await page.waitForURL((url) => url.search === '?type=document.created&limit=20')
    assertNothingWrong()
    await context.close()
  })

  testOnce('filters that do not fit open by themselves while one of them is set', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    await shown(page, 'documents')
    assert.equal(await page.getByLabel('Schedule').count(), 0)
    await shown(page, 'documents?scheduled=true')
    await page.getByText('1 entry').waitFor()
    assert.equal(await page.getByLabel('Schedule').inputValue(), 'true')
    const more = page.getByRole('button', { name: 'More filters (1)', exact: true })
    assert.equal(await more.getAttribute('aria-expanded'), 'true')
    await more.click()
    await page.getByLabel('Schedule').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByText('90 entries').waitFor()
    await page.getByRole('combobox', { name: 'Category' }).fill('human')
    await page.getByRole('option', { name: 'human-resources', exact: true }).click()
    await page.waitForURL(/category=human-resources/)
    assertNothingWrong()
    await context.close()
  })

  testOnce(
    'the names of the columns are read where rows are cards, and none of them is a tab stop',
    async () => {
      const { page, context, assertNothingWrong } = await signIn(browser, server, 'admin', { width: 390 })
      await shown(page, 'documents')
      const cells = page.locator('.list tbody tr').first().locator('td')
      const [first, second] = [await cells.nth(1).boundingBox(), await cells.nth(2).boundingBox()]
      assert.ok(first && second && second.y > first.y, 'stacked')
      const devtools = await context.newCDPSession(page)
      const { nodes } = await devtools.send('Accessibility.getFullAXTree')
      const named = (role: string) =>
        nodes.filter((node) => node.role?.value === role && !node.ignored).map((node) => node.name?.value)
      assert.deepEqual(named('columnheader'), [
        'Select',
        'Title',
        'Category',
        'Status',
        'Author',
        'Changed',
        'Created',
      ])
      assert.ok(!named('cell').some((name) => String(name).startsWith('Category')), 'each is read once')
      assert.equal(await page.locator('.list thead').locator('button:visible, input:visible').count(), 0)
      assertNothingWrong()
      await context.close()
    },
  )

  testOnce('on a tablet in German every status is whole, and the filters are in one row', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server, 'admin', {
      width: 768,
      locale: 'en-GB',
    })
    await page.evaluate("localStorage.setItem('comserv.language', 'de')")
    await shown(page, 'documents')
    await page.getByRole('heading', { level: 1, name: 'Dokumente' }).waitFor()
    const cut = await page
      .locator('.list td.whole')
      .evaluateAll((all) =>
        all.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerHTML),
      )
    assert.deepEqual(cut, [])
    const tops = await page
      .locator('.filters > *')
      .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().bottom)))
    assert.equal(new Set(tops).size, 1, tops.join(' '))
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto('/console/documents/new')
    const tools = page.getByRole('toolbar').getByRole('button')
    await tools.first().waitFor()
    const lines = await tools.evaluateAll((all) =>
      all.map((one) => Math.round(one.getBoundingClientRect().top)),
    )
    assert.equal(new Set(lines).size, 1, 'the tools are on one line')
    assertNothingWrong()
    await context.close()
  })

  testOnce('columns, density and times are chosen with the keyboard, and remembered', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    const headings = () => page.getByRole('columnheader').allInnerTexts()
    // The first column has the boxes that select rows.
    const all = ['', 'Title', 'Category', 'Status', 'Author', 'Changed', 'Created']
    const without = all.filter((label) => label !== 'Author')
    await shown(page, 'documents')
    assert.deepEqual(await headings(), all)
    const before = Number(await page.evaluate(wholeRows))
    await pressTo(page, 'View')
    await page.keyboard.press('Enter')
    await pressTo(page, 'Author')
    await page.keyboard.press('Space')
    await pressTo(page, 'Comfortable')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Escape')
    await until('the focus to be back', async () => (await focused(page)) === 'View' || undefined)
    assert.deepEqual(await headings(), without)
    await page.getByRole('button', { name: 'View', exact: true }).click()
    await page.getByRole('radio', { name: 'Date and time', exact: true }).check()
    await page.reload()
    await page.locator('.list tbody tr').first().waitFor()
    assert.deepEqual(await headings(), without)
    assert.ok(Number(await page.evaluate(wholeRows)) > before)
    assert.match(await page.locator('.list time').first().innerText(), /\d{4}, \d\d:\d\d:\d\d$/)
    await shown(page, 'users')
    assert.match(await page.locator('.list time').first().innerText(), /now|ago/)
    assertNothingWrong()
    await context.close()
  })

  testOnce(
    'the columns of the event log are chosen, too, and the choice outlives a change of the language',
    async () => {
      const { page, context, assertNothingWrong } = await signIn(browser, server)
      await shown(page, 'developer/events')
      const line = page.locator('.event summary').first()
      assert.match(await line.innerText(), /document\.created\s+document 90\s.*#\d+$/s)
      await page.getByRole('button', { name: 'View', exact: true }).click()
      await page.getByRole('checkbox', { name: 'Title or name', exact: true }).check()
      await page.getByRole('checkbox', { name: 'Id', exact: true }).uncheck()
      await page.getByRole('checkbox', { name: 'About', exact: true }).uncheck()
      const chosen = /^document\.created\s+Data protection .* 2089\s+\S.*$/
      assert.match(await line.innerText(), chosen)
      await shown(page, 'documents')
      await page.getByRole('button', { name: 'View', exact: true }).click()
      await page.getByRole('checkbox', { name: 'Author', exact: true }).uncheck()
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /^Signed in as/ }).click()
      await page.getByRole('menuitem', { name: 'Deutsch' }).click()
      await page.getByRole('heading', { level: 1, name: 'Dokumente' }).waitFor()
      await page.locator('.list tbody tr').first().waitFor()
      assert.deepEqual(await page.getByRole('columnheader').allInnerTexts(), [
        '',
        'Titel',
        'Kategorie',
        'Status',
        'Geändert',
        'Erstellt',
      ])
      await shown(page, 'developer/events')
      assert.match(await line.innerText(), chosen)
      assertNothingWrong()
      await context.close()
    },
  )

  testOnce('storage that is damaged or refused changes nothing but what is remembered', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    for (const stored of ['{"columns":', '"x"', '[1]', '{"columns":{"Author":"no"},"isCompact":1}']) {
      await page.evaluate(`localStorage.setItem('comserv.list.documents.list', ${JSON.stringify(stored)})`)
      await shown(page, 'documents')
      assert.equal(await page.getByRole('columnheader').count(), 7)
    }
    await page.addInitScript(`for (const name of ['getItem', 'setItem', 'removeItem']) {
      const was = Storage.prototype[name]
      Storage.prototype[name] = function (key, ...more) {
        if (key.startsWith('comserv.list') || key.startsWith('comserv.first')) throw new DOMException('no', 'SecurityError')
        return was.call(this, key, ...more)
      }
    }`)
    await shown(page, 'documents')
    await page.getByRole('button', { name: 'View', exact: true }).click()
    await page.getByRole('checkbox', { name: 'Author', exact: true }).uncheck()
    await until(
      'the column to be gone',
      async () => (await page.getByRole('columnheader').count()) === 6 || undefined,
    )
    await page.goto('/console')
    await page.getByRole('button', { name: 'Hide the first steps', exact: true }).click()
    await page.getByRole('button', { name: 'Show the first steps', exact: true }).waitFor()
    assertNothingWrong()
    await context.close()
  })

  testOnce('the first steps are folded by hand, and stay so', async () => {
    const { page, context, assertNothingWrong } = await signIn(browser, server)
    await page.getByText('“Send test” sends one now.').waitFor()
    await page.getByRole('button', { name: 'Hide the first steps', exact: true }).click()
    await page.getByText('“Send test” sends one now.').waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('button', { name: 'Show the first steps', exact: true }).click()
    await page.getByText('“Send test” sends one now.').waitFor()
    assertNothingWrong()
    await context.close()
  })

  for (const theme of themes) {
    testOnce(`the open menu and all filters are accessible, ${theme}`, async () => {
      const { page, context, assertNothingWrong } = await signIn(browser, server, 'admin', { theme })
      await page.emulateMedia({ reducedMotion: 'reduce' })
      await shown(page, 'audit?until=2099-01-01T00:00:00Z')
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        await page.getByRole('button', { name: 'View', exact: true }).click()
        await page.getByRole('radio', { name: 'Compact', exact: true }).waitFor()
        await assertReachable(page, `the menu at ${width} px`)
        await assertAccessible(page)
        assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width)
        await page.keyboard.press('Escape')
        await page.getByRole('radio', { name: 'Compact', exact: true }).waitFor({ state: 'detached' })
      }
      assertNothingWrong()
      await context.close()
    })
  }
})
