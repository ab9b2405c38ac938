import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

const stopsMax = 80

/** Presses a key until what is called so has the focus. */
export async function pressTo(page: Page, name: string, key = 'Tab'): Promise<void> {
  const passed: string[] = []
  for (let i = 0; i < stopsMax; i++) {
    const at = await focused(page)
    if (at === name) return
    passed.push(at)
    await page.keyboard.press(key)
  }
  assert.fail(`${key} does not reach ${name}, only ${passed.join(', ')}`)
}

/** What has the focus, by its name. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(`(() => {
    const { ariaLabel, labels, innerText } = document.activeElement
    return (ariaLabel || labels?.[0]?.innerText || innerText || '').trim()
  })()`)
}
