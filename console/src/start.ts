import { loadCatalog } from './i18n/t.ts'
import { keyEntry } from './shell/entry-key.ts'

/** The application is loaded after the words of its language, so that also its constants can be translated. */
export async function start(onShown?: () => void): Promise<void> {
  await loadCatalog()
  keyEntry()
  const { startApp } = await import('./start-app.tsx')
  startApp(onShown)
}
