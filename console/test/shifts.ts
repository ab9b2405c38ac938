import assert from 'node:assert/strict'
import type { BrowserContext, Page } from 'playwright-core'

/** From here on, readers notice that a page moves (web.dev/cls). */
const shiftMax = 0.1

/** Adds up what moves without a click or a key, as Core Web Vitals do, and keeps what it was. */
const watch = `
window.shifts = { sum: 0, moved: [] }
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue
    shifts.sum += value
    for (const { node } of sources)
      shifts.moved.push(value.toFixed(3) + ' ' + (node?.outerHTML ?? node?.data ?? 'removed').slice(0, 100))
  }
}).observe({ type: 'layout-shift', buffered: true })`

/** Every page that is opened from here on is watched. */
export async function watchShifts(context: BrowserContext): Promise<void> {
  await context.addInitScript(watch)
}

/** Fails when the page has moved while it was loaded. */
export async function assertStill(page: Page): Promise<void> {
  const { sum, moved } = (await page.evaluate('shifts')) as { sum: number; moved: string[] }
  assert.ok(sum < shiftMax, `the page moved by ${sum.toFixed(3)}:\n${moved.join('\n')}`)
}
