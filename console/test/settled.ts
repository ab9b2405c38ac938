import type { Page } from 'playwright-core'
import { until } from '../../server/test/until.ts'

/** Waits until a page shows all that it loads. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  await until(
    'everything to be loaded',
    async () => (await page.locator('.mantine-Loader-root').count()) === 0 || undefined,
  )
  // Live pages ask every few seconds, so that the network is never idle for long.
  await page.waitForLoadState('networkidle')
}
