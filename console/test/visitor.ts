import assert from 'node:assert/strict'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface Visitor {
  page: Page
  context: BrowserContext
  /** What may go wrong from now on, because a test makes it go wrong. */
  expect(...problems: RegExp[]): void
  /** Fails when anything else went wrong: an error in the console, a failed request, a request to another host. */
  assertNothingWrong(): void
}

export interface Look extends Pick<BrowserContextOptions, 'httpCredentials' | 'ignoreHTTPSErrors'> {
  width?: number
  height?: number
  theme?: 'light' | 'dark'
  /** The language of the browser. */
  locale?: string
}

/** A person with a browser of their own. Everything that goes wrong in it is written down. */
export async function visit(browser: Browser, url: string, look: Look = {}): Promise<Visitor> {
  const { width = 1280, height = 900, theme = 'light', locale = 'en-GB', ...options } = look
  const context = await browser.newContext({
    ...options,
    baseURL: url,
    viewport: { width, height },
    colorScheme: theme,
    locale,
    timezoneId: 'Europe/Berlin',
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const problems: string[] = []
  const expected: RegExp[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => problems.push(`page: ${error.stack ?? error.message}`))
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // What a page no longer waits for when another one is opened.
    if (reason !== 'net::ERR_ABORTED')
      problems.push(`request: ${request.method()} ${request.url()} ${reason}`)
  })
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== url)
      problems.push(`another host: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400)
      problems.push(`answer: ${response.status()} to ${response.request().method()} ${response.url()}`)
  })
  return {
    page,
    context,
    expect: (...more) => void expected.push(...more),
    assertNothingWrong() {
      const wrong = problems.filter((problem) => !expected.some((pattern) => pattern.test(problem)))
      problems.length = 0
      assert.deepEqual(wrong, [])
    },
  }
}
