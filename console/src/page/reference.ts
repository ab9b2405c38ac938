import { enhanceCallsFilter } from '../docs/reference/calls-filter.ts'
import { sayNotLoaded } from './not-loaded.ts'

/** The list of endpoints can be filtered; on the page of one, a request can be sent. */
export function enhanceReference(): void {
  enhanceCallsFilter()
  const opener = document.querySelector<HTMLButtonElement>('.try-opener button')
  opener?.addEventListener('click', async () => {
    opener.disabled = true
    try {
      const { openTrial } = await import('./try.ts')
      await openTrial()
    } catch {
      opener.disabled = false
      sayNotLoaded(opener)
    }
  })
}
