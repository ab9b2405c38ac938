import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { assertAccessible, colourRules } from './axe.ts'
import { isFirstSet } from './fonts.ts'
import { assertReachable } from './reach.ts'

const screenshots = join(import.meta.dirname, '../screenshots')
const widths = [320, 390, 800, 1600]

/**
 * Holds a page as it is now against every width; `npm test -- --pictures` keeps pictures of it. The dark theme changes
 * colours alone, so that only these are looked at again.
 */
export async function assertLooks(page: Page, name: string): Promise<void> {
  // Half moved in or half faded, nothing has the place and the contrast that it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const isDark = (await page.evaluate('document.documentElement.dataset.mantineColorScheme')) === 'dark'
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    await picture(page, `${name}-${width}`)
    // What differs from the widest one is the room, not what is there.
    if (isFirstSet && (width === 390 || width === 1600))
      await assertAccessible(page, isDark ? colourRules : [])
    if (isDark) continue
    const needed = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(needed) <= width, `${name} needs ${needed} px where it has ${width}`)
    const cut = await page.evaluate(
      "[...document.querySelectorAll('.list-frame')].filter((list) => list.scrollWidth > list.clientWidth).length",
    )
    assert.equal(cut, 0, `a list of ${name} is cut off at ${width} px`)
    await assertReachable(page, `${name} at ${width} px`)
  }
}

export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.COMSERV_TEST_PICTURES) return
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
}
