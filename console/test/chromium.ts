import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after } from 'node:test'
import { type Browser, chromium } from 'playwright-core'
import { fontSettings, missing } from './fonts.ts'

const names = ['chromium', 'chromium-browser', 'google-chrome']
const executable = (process.env.PATH ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find(isExecutable)

/** Why the tests of a browser cannot run here; undefined when they can. */
export const skip = executable ? (missing ?? false) : 'chromium is not installed'

/** A real browser, the same for all tests of a file; nothing of it leaves this machine. */
export async function startChromium(...args: string[]): Promise<Browser> {
  if (!executable) throw new Error('chromium is not installed')
  const browser = await chromium.launch({
    executablePath: executable,
    env: { ...process.env, ...fontSettings() },
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  })
  after(() => browser.close())
  return browser
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
