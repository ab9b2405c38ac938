import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { skip, startChromium } from './chromium.ts'
import { password, startConsole } from './console-server.ts'
import { consolePaths } from './paths.ts'
import { requestKey } from './people.ts'
import { seed } from './seed.ts'
import { settled } from './settled.ts'
import { visit } from './visitor.ts'

const width = 320
const doors = [
  '/sign-in',
  '/key-request',
  '/forgot-password',
  '/new-password#token=none',
  '/setup#token=none',
]

/** What is wider than the page, buttons whose text is cut, and words of one line that are on two. */
const faults = `(() => {
  const found = []
  const { scrollWidth } = document.documentElement
  if (scrollWidth > innerWidth) found.push('needs ' + scrollWidth + ' px')
  const bar = document.querySelector('header').getBoundingClientRect()
  for (const control of document.querySelectorAll('button, a')) {
    if (!control.checkVisibility() || control.closest('.off-screen, [class*=skip]')) continue
    const box = control.getBoundingClientRect()
    const within = control.closest('header') === document.querySelector('header') ? bar : null
    if (within && (box.top < within.top - 1 || box.bottom > within.bottom + 1)) found.push('out of the bar: ' + control.innerText)
    const frame = (control.closest('.mantine-Paper-root') ?? document.body).getBoundingClientRect()
    if (control.matches('[class*=Button-root]') && box.right > frame.right - 8) found.push('out of its frame: ' + control.innerText)
    const label = control.querySelector('[class*=Button-label]')
    if (!label) continue
    const room = label.getBoundingClientRect()
    const range = document.createRange()
    range.selectNodeContents(label)
    for (const text of range.getClientRects())
      if (text.right > room.right + 1 || text.left < room.left - 1) found.push('cut: ' + control.innerText)
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    if (!node.parentElement.checkVisibility() || node.parentElement.closest('pre, script, style, .diff')) continue
    for (const { 0: word, index } of node.data.matchAll(/[^\\s-]+/g)) {
      // An address, or an id that no line has room for.
      if (word.includes('/') || word.length > 24) continue
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push('broken: ' + word)
    }
  }
  return [...new Set(found)]
})()`

suite('pages at 320 px', { skip }, async () => {
  if (skip) return
  const server = await startConsole({ COMSERV_KEY_REQUESTS_BY_GUESTS: 'true' })
  await seed(server)
  const browser = await startChromium()

  for (const locale of ['en-GB', 'de-DE']) {
    test(`nothing is wider than the page, cut off or broken in ${locale}`, async () => {
      const wrong: Record<string, string[]> = {}
      for (const username of [undefined, 'admin']) {
        const { page, context } = await visit(browser, server.url, { locale, width })
        if (username !== undefined) {
          await context.request.post('/api/v1/session', { data: { username, password } })
          await context.addInitScript("localStorage.setItem('comserv.signed-in', 'yes')")
          await requestKey(context)
        }
        for (const path of username === undefined ? doors : consolePaths) {
          await page.goto(path)
          await settled(page)
          const found = await page.evaluate<string[]>(faults)
          if (found.length > 0) wrong[path] = found
        }
        await context.close()
      }
      assert.deepEqual(wrong, {})
    })
  }
})
