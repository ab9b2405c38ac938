import { loadCatalog } from './i18n/t.ts'

/** The application is loaded after the words of its language, so that also its constants can be translated. */
export async function start(onShown?: () => void): Promise<void> {
  await loadCatalog()
  const { startApp } = await import('./start-app.tsx')
  startApp(onShown)
}
