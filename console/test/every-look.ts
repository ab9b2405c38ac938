import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { readOperations } from '../guides/links.ts'
import { chapters, pathOf } from '../src/docs/chapters.ts'
import { skip, startChromium } from './chromium.ts'
import { type ConsoleServer, password, startConsole } from './console-server.ts'
import { contactSheet, type Look } from './contact-sheet.ts'
import { consolePaths } from './paths.ts'
import { requestKey, signIn } from './people.ts'
import { seed } from './seed.ts'
import { settled } from './settled.ts'
import { visit } from './visitor.ts'

/**
 * `npm run looks`: pictures of every page in every width, theme and language, and index.html with all of them side by
 * side, in the ignored folder console/screenshots/looks. What is wider than the screen is named at the end. A run takes
 * about 20 minutes; the options choose a part of it.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    widths: { type: 'string', default: '320,390,768,1280,1600' },
    themes: { type: 'string', default: 'light,dark' },
    languages: { type: 'string', default: 'en,de' },
  },
})
const widths = values.widths.split(',').map(Number)
const themes = values.themes.split(',').map((theme) => (theme === 'dark' ? 'dark' : 'light'))
const locales: Readonly<Record<string, string>> = { en: 'en-GB', de: 'de-DE' }
const languages = values.languages.split(',').filter((language) => language in locales)

const folder = join(import.meta.dirname, '../screenshots/looks')
/** A text may be longer than anybody looks at. */
const heightMax = 4_000

const guides = chapters.flatMap(({ entries }) => entries.filter((entry) => typeof entry === 'string'))
/** Of the endpoints, one of each kind: a list, forms with JSON and with fields, a file, and one for people alone. */
const endpoints = readOperations().filter(({ id }) =>
  ['listDocuments', 'createDocument', 'createToken', 'importUsers', 'changeUsers', 'getMe'].includes(id),
)
const pages = {
  /** In English, whatever the language of the browser. */
  documentation: [
    ...guides.map(pathOf),
    '/docs/webhook',
    '/docs/reference',
    ...endpoints.map(({ id }) => `/docs/reference/${id}`),
  ],
  doors: [
    '/sign-in',
    '/sign-in?next=%2Fconsole&ended=yes',
    '/setup#token=none',
    '/new-password#token=none',
    '/key-request',
  ],
  console: consolePaths,
}
const isWanted = (path: string) => path.includes(values.only)

if (skip) console.error(`No pictures: ${skip}`)
else
  await test('pictures of every page', { timeout: 3_600_000 }, async () => {
    const server = await startConsole({ COMSERV_KEY_REQUESTS_BY_GUESTS: 'true' })
    await seed(server)
    const browser = await startChromium()
    await requestKey((await signIn(browser, server)).context)
    const looks: Look[] = []
    for (const theme of themes) {
      for (const language of languages) {
        const guest = [...(language === 'en' ? pages.documentation : []), ...pages.doors]
        looks.push(...(await looksOf(browser, server, { theme, language, paths: guest })))
        looks.push(
          ...(await looksOf(browser, server, { theme, language, paths: pages.console, username: 'admin' })),
        )
        // What there is so far can be looked at.
        writeFileSync(join(folder, 'index.html'), contactSheet(looks, widths))
      }
    }
    console.log(`${looks.length} pictures: ${join(folder, 'index.html')}`)
    for (const { name, width, needed } of looks)
      if (needed > width) console.log(`${name} needs ${needed} px where it has ${width}`)
  })

interface Part {
  theme: 'light' | 'dark'
  language: string
  paths: readonly string[]
  username?: string
}

async function looksOf(
  browser: Browser,
  server: ConsoleServer,
  { theme, language, paths, username }: Part,
): Promise<Look[]> {
  const { page, context } = await visit(browser, server.url, { theme, locale: locales[language] ?? 'en-GB' })
  await page.emulateMedia({ reducedMotion: 'reduce' })
  if (username !== undefined) {
    await context.request.post('/api/v1/session', { data: { username, password } })
    await context.addInitScript("localStorage.setItem('comserv.signed-in', 'yes')")
  }
  const looks: Look[] = []
  for (const path of paths.filter(isWanted)) {
    await page.setViewportSize({ width: widths[0] ?? 390, height: 900 })
    await page.goto(path)
    await settled(page)
    for (const width of widths) looks.push(await lookAt(page, `${path} ${theme} ${language}`, width))
  }
  await context.close()
  return looks
}

async function lookAt(page: Page, name: string, width: number): Promise<Look> {
  await page.setViewportSize({ width, height: 900 })
  const [needed = 0, height = 0] = await page.evaluate<number[]>(
    '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
  )
  const file = `${name.replace(/\W+/g, '-').replace(/^-/, '')}-${width}.png`
  mkdirSync(folder, { recursive: true })
  await page.screenshot({
    path: join(folder, file),
    fullPage: true,
    clip: { x: 0, y: 0, width, height: Math.min(height, heightMax) },
  })
  return { name, width, needed, file }
}
