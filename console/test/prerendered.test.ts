import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Page } from 'playwright-core'
import { guideFiles, readGuide } from '../guides/files.ts'
import { readOperations } from '../guides/links.ts'
import { renderGuide } from '../guides/markdown.ts'
import { searchIndex } from '../guides/search-index.ts'
import { pathOf } from '../src/docs/chapters.ts'
import { assertAccessible } from './axe.ts'
import { skip, startChromium } from './chromium.ts'
import { startConsole } from './console-server.ts'
import { visit } from './visitor.ts'

/** What a page may load of script, as transferred (compressed), before the reader does anything. */
const scriptBytesMax = 60_000

suite('the documentation as the server sends it', { skip }, async () => {
  if (skip) return
  const server = await startConsole()
  const browser = await startChromium()
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url + path, { headers, redirect: 'manual' })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  test('every guide is complete as HTML, under its title', async () => {
    for (const [name, file] of guideFiles()) {
      const { status, text } = await get(pathOf(name))
      const { title, headings } = renderGuide(readGuide(file), file)
      assert.equal(status, 200, name)
      assert.ok(
        text.includes(name === 'overview' ? `<title>Comserv ${title}<` : `<title>${title} · Comserv<`),
        name,
      )
      for (const { id } of headings) assert.ok(text.includes(` id="${id}"`), `${name} lacks #${id}`)
      assert.doesNotMatch(text, /%(NONCE|SITE_NAME|ORIGIN|SUPPORT|SUPPORT_CONTACT)%| style="/, name)
    }
  })

  test('install lines and samples name the server that the page came from', async () => {
    for (const [name] of guideFiles()) {
      for (const path of [pathOf(name), `/docs/${name}.md`]) {
        const plain = (await get(path)).text.replaceAll(/<[^>]+>/g, '')
        for (const [, before] of plain.matchAll(/(.{0,20})http:\/\/127\.0\.0\.1:3000/g))
          assert.match(before ?? '', /proxy_pass |listens on `?$/, path)
      }
    }
    const install = `npm install ${server.url}/sdk/comserv-`
    assert.ok((await get('/docs/sdks')).text.includes(install))
    assert.ok((await get('/docs/sdk-javascript')).text.includes(install))
  })

  test('a page has no validator, because a 304 would put a new nonce before the page in the cache', async () => {
    const { headers } = await get('/docs/webhooks')
    assert.equal(headers.get('etag'), null)
    const again = await get('/docs/webhooks', { 'if-none-match': '*' })
    assert.equal(again.status, 200)
  })

  test('every endpoint is complete as HTML: its path, what it takes, what it returns, and a sample', async () => {
    for (const { id, method, path, summary } of readOperations()) {
      const { status, text } = await get(`/docs/reference/${id}`)
      assert.equal(status, 200, id)
      // A path may break before each of its slashes.
      const said = text.replaceAll(/<[^>]+>/g, '')
      for (const part of [summary, path, method, 'Sample', 'curl '])
        assert.ok(
          said.includes(part.replaceAll('&', '&amp;').replaceAll("'", '&#x27;')),
          `${id} lacks ${part}`,
        )
    }
    const { text } = await get('/docs/reference/createDocument')
    for (const part of ['publish_at', 'Idempotency-Key', '422', server.url, 'Annual Report'])
      assert.ok(text.includes(part), part)
  })

  test('each page has its Markdown beside it, and llms.txt lists them all', async () => {
    const index = await get('/llms.txt')
    assert.equal(index.headers.get('content-type'), 'text/plain; charset=utf-8')
    const everything = (await get('/llms-full.txt')).text
    for (const [name, file] of guideFiles()) {
      const { status, headers, text } = await get(`/docs/${name}.md`)
      assert.equal(status, 200, name)
      assert.equal(headers.get('content-type'), 'text/markdown; charset=utf-8')
      assert.ok(text.startsWith(`# ${renderGuide(readGuide(file), file).title}`), name)
      assert.doesNotMatch(text, /%ORIGIN%|^```\w+ |<!--|\]\([\w-]+\.md/m, name)
      assert.ok(index.text.includes(`${server.url}/docs/${name}.md`), name)
      assert.ok(everything.includes(text), name)
      assert.ok((await get(pathOf(name))).text.includes(`type="text/markdown" href="/docs/${name}.md"`), name)
    }
    for (const [, path = ''] of `${index.text}${everything}`.matchAll(
      /\]\(https?:\/\/[^/)]+(\/docs\/[^)#]+)/g,
    ))
      assert.equal((await get(path)).status, 200, path)
  })

  test('an unknown page is 404 with a way on; other spellings of a page lead to it', async () => {
    for (const path of ['/docs/nothing', '/docs/reference/nothing', '/docs/not-found']) {
      const { status, text } = await get(path)
      assert.equal(status, 404, path)
      assert.match(text, /There is no such page/)
      for (const [name] of guideFiles()) assert.ok(text.includes(`href="${pathOf(name)}"`), `${path} ${name}`)
      assert.doesNotMatch(text, /%CLOSEST%|You may be looking for/)
    }
    for (const [path, closest] of [
      ['/docs/webhook', '/docs/webhooks">Webhooks<'],
      ['/docs/auth', '/docs/authentication">Authentication<'],
      ['/docs/rate-limiting', '/docs/rate-limits">Rate limits<'],
      ['/docs/reference/createUsers', '/docs/reference/createUser">Create a user<'],
    ] as const) {
      const { status, text } = await get(path)
      assert.equal(status, 404, path)
      const meant = text.slice(text.indexOf('You may be looking for')).slice(0, 400)
      assert.ok(meant.includes(closest), `${path}: ${meant}`)
    }
    const asText = await get('/docs/webhook.md')
    assert.deepEqual(
      [asText.status, asText.headers.get('content-type')],
      [404, 'text/markdown; charset=utf-8'],
    )
    assert.ok(asText.text.includes(`[Webhooks](${server.url}/docs/webhooks)`), asText.text)
    assert.ok(asText.text.includes(`${server.url}/llms.txt`), asText.text)
    for (const [path, to] of [
      ['/docs', '/'],
      ['/docs/', '/'],
      ['/docs/overview', '/'],
      ['/docs/users/?a=b', '/docs/users?a=b'],
    ] as const) {
      const { status, headers } = await get(path)
      assert.deepEqual([status, headers.get('location')], [308, to], path)
    }
  })

  test('what search engines and browsers ask every server for is there', async () => {
    const robots = await get('/robots.txt')
    assert.deepEqual([robots.status, robots.headers.get('content-type')], [200, 'text/plain; charset=utf-8'])
    const sitemap = `${server.url}/sitemap.xml`
    assert.ok(robots.text.includes(`Sitemap: ${sitemap}\n`), robots.text)
    const { headers, text } = await get('/sitemap.xml')
    assert.equal(headers.get('content-type'), 'application/xml; charset=utf-8')
    const pages = [...text.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url = '']) => url.slice(server.url.length))
    const expected = [
      ...[...guideFiles().keys()].map(pathOf),
      '/docs/contents',
      '/docs/reference',
      ...readOperations().map(({ id }) => `/docs/reference/${id}`),
    ]
    assert.deepEqual(pages, expected.toSorted())
    for (const [path, type] of [
      ['/favicon.ico', 'image/x-icon'],
      ['/favicon.svg', 'image/svg+xml'],
    ] as const) {
      const icon = await fetch(server.url + path)
      assert.deepEqual([icon.status, icon.headers.get('content-type')], [200, type], path)
      assert.equal(icon.headers.get('cache-control'), 'public, max-age=86400')
      assert.ok((await icon.arrayBuffer()).byteLength > 200, path)
    }
  })

  test('pages are sent compressed', async () => {
    for (const path of ['/docs/webhooks', '/docs/webhooks.md', '/docs/reference']) {
      const { headers } = await get(path, { 'accept-encoding': 'gzip' })
      assert.equal(headers.get('content-encoding'), 'gzip', path)
      assert.match(headers.get('vary') ?? '', /Accept-Encoding/)
    }
  })

  test('a page loads at most 60 KB of script, and nothing more until it is used', async () => {
    const { page, context, assertNothingWrong } = await visit(browser, server.url)
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const scripts = new Set<string>()
    let bytes = 0
    session.on(
      'Network.responseReceived',
      ({ type, requestId }) => type === 'Script' && scripts.add(requestId),
    )
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (scripts.has(requestId)) bytes += encodedDataLength
    })
    for (const path of [
      '/',
      '/docs/webhooks',
      '/docs/users',
      '/docs/reference',
      '/docs/reference/createDocument',
    ]) {
      await session.send('Network.setCacheDisabled', { cacheDisabled: true })
      bytes = 0
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      assert.ok(bytes > 0 && bytes <= scriptBytesMax, `${path} loads ${bytes} bytes of script`)
    }
    assertNothingWrong()
    await context.close()
  })

  test('without scripts it can be read and browsed, narrow and wide, in the light theme', async () => {
    for (const width of [390, 1400]) {
      const context = await browser.newContext({
        baseURL: server.url,
        javaScriptEnabled: false,
        viewport: { width, height: 900 },
      })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      await page.goto('/docs/quick-start')
      await page
        .getByRole('navigation', { name: 'Documentation' })
        .getByRole('link', { name: 'Webhooks', exact: true })
        .click()
      await page.getByRole('heading', { level: 1, name: 'Webhooks', exact: true }).waitFor()
      await page.getByText('X-Webhook-Signature').first().waitFor()
      // Every sample of a group is shown, under its language.
      assert.equal(
        await page.locator('[role=tabpanel]:visible').count(),
        await page.locator('[role=tabpanel]').count(),
      )
      assert.equal(await page.locator('button:visible').count(), 0)
      await page.goto('/docs/reference/listDocuments')
      await page.getByText('Sending a request from this page needs JavaScript.').waitFor()
      await page.getByText('X-RateLimit-Limit').first().waitFor()
      await context.close()
    }
  })

  test('without scripts every section, setting and endpoint is found in the contents', async () => {
    const context = await browser.newContext({
      baseURL: server.url,
      javaScriptEnabled: false,
      viewport: { width: 320, height: 900 },
    })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto('/docs/users')
    await page.getByRole('banner').getByRole('link', { name: 'Contents', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Contents', exact: true }).waitFor()
    const places = await page
      .locator('.contents-page a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    assert.deepEqual(
      places.toSorted(),
      searchIndex()
        .map(({ to }) => to)
        .toSorted(),
    )
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    await page.getByRole('link', { name: 'COMSERV_TRUST_PROXY', exact: true }).click()
    await page.waitForURL('**/docs/configuration#comserv_trust_proxy')
    await context.close()
  })

  test('on a narrow screen the menu opens, closes and is accessible', async () => {
    const { page, context, assertNothingWrong } = await visit(browser, server.url, { width: 390 })
    await page.goto('/docs/webhooks')
    const link = page
      .getByRole('navigation', { name: 'Documentation' })
      .getByRole('link', { name: 'Errors', exact: true })
    assert.equal(await link.isVisible(), false)
    await page.getByRole('button', { name: 'Open the menu' }).click()
    await link.waitFor()
    await assertAccessible(page)
    await page.getByRole('button', { name: 'Close the menu' }).click()
    await link.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Open the menu' }).click()
    await link.click()
    await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor()
    assertNothingWrong()
    await context.close()
  })

  test('tables keep their headings for screen readers where cells are stacked', async () => {
    const { page, context, assertNothingWrong } = await visit(browser, server.url, { width: 320 })
    await page.goto('/docs/errors')
    const cells = page.locator('.table-frame tbody tr').first().locator('td')
    const [first, second] = [await cells.nth(0).boundingBox(), await cells.nth(1).boundingBox()]
    assert.ok(first && second && second.y > first.y, 'stacked')
    const devtools = await context.newCDPSession(page)
    const { nodes } = await devtools.send('Accessibility.getFullAXTree')
    const named = (role: string) =>
      nodes.filter((node) => node.role?.value === role && !node.ignored).map((node) => node.name?.value)
    assert.deepEqual(named('columnheader').slice(0, 3), ['status', 'code', 'message'])
    assert.deepEqual(named('cell').slice(0, 3), ['400', 'invalid_request', 'The request is not valid'])
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
    assertNothingWrong()
    await context.close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`an address that does not exist has a page of its own, with ways on, ${theme}`, async () => {
      const visitor = await visit(browser, server.url, { theme, width: 320 })
      visitor.expect(/404/)
      const { page, context } = visitor
      assert.equal((await page.goto('/nowhere'))?.status(), 404)
      await page.getByText('There is nothing at /nowhere.').waitFor()
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      assert.equal(ground, theme === 'light' ? 'rgb(246, 247, 249)' : 'rgb(27, 28, 30)')
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
      await assertAccessible(page)
      await page.getByRole('link', { name: 'Console' }).click()
      await page.waitForURL(/\/sign-in/)
      await page.goBack()
      await page.getByRole('link', { name: 'Documentation' }).click()
      await page.getByRole('heading', { level: 1, name: 'Comserv API documentation' }).waitFor()
      visitor.expect(/401/)
      visitor.assertNothingWrong()
      await context.close()
    })
  }

  test('the theme is the one of the system until another is chosen, before the page is drawn', async () => {
    const { page, context, assertNothingWrong } = await visit(browser, server.url, { theme: 'dark' })
    await page.goto('/docs/webhooks')
    assert.equal(await schemeOf(page), 'dark')
    await page.getByRole('button', { name: 'Switch to the light theme' }).click()
    assert.equal(await schemeOf(page), 'light')
    await page.goto('/docs/users', { waitUntil: 'commit' })
    await page.locator('body').waitFor()
    assert.equal(await schemeOf(page), 'light')
    await page.goto('/docs/reference')
    await page.getByRole('button', { name: 'Switch to the dark theme' }).click()
    await page.goto('/docs/users')
    await page.getByRole('button', { name: 'Switch to the light theme' }).waitFor()
    assertNothingWrong()
    await context.close()
  })

  test('the section that is read is marked in the contents', async () => {
    const { page, context } = await visit(browser, server.url, { width: 1400 })
    await page.goto('/docs/webhooks#verify')
    await page.locator('.contents.wide a[data-here]', { hasText: /^Verify$/ }).waitFor()
    await context.close()
  })
})

async function schemeOf(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.dataset.mantineColorScheme')
}
