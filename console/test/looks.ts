import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { assertAccessible } from './axe.ts'

const folder = join(import.meta.dirname, '../screenshots')
const widths = [390, 800, 1280]
/** What slides to another place at another width has come there. */
const settled = `new Promise(requestAnimationFrame).then(() =>
  Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))`

/** Holds a page as it is now against every width, and keeps pictures of it. */
export async function assertLooks(page: Page, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    await page.evaluate(settled)
    await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true })
    const needed = await page.evaluate('document.documentElement.scrollWidth')
    assert.ok(Number(needed) <= width, `${name} needs ${needed} px where it has ${width}`)
    // What differs between the two wide ones is the room, not what is there.
    if (width !== 800) await assertAccessible(page)
  }
}
