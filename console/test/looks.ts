import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'

export const screenshots = join(import.meta.dirname, '../screenshots')
const widths = [390, 800, 1600]

/** Holds a page as it is now against every width, and keeps pictures of it. */
export async function assertLooks(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  // Half moved in or half faded, nothing has the place and the contrast that it will have.
  await page.emulateMedia({ reducedMotion: 'reduce' })
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    await page.screenshot({ path: join(screenshots, `${name}-${width}.png`), fullPage: true })
    const needed = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(needed) <= width, `${name} needs ${needed} px where it has ${width}`)
    const cut = await page.evaluate(
      "[...document.querySelectorAll('.list-frame')].filter((list) => list.scrollWidth > list.clientWidth).length",
    )
    assert.equal(cut, 0, `a list of ${name} is cut off at ${width} px`)
    // What differs from the widest one is the room, not what is there.
    if (width !== 800) await assertAccessible(page)
  }
}
