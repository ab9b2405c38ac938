import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { router } from './routes.tsx'

/**
 * Once the page is loaded, so that prerendered text stays until the same text can take its place.
 * @param onShown called when it has
 */
export function startApp(onShown: () => void = () => {}): void {
  if (router.state.initialized) {
    show()
    onShown()
    return
  }
  const stop = router.subscribe(({ initialized }) => {
    if (!initialized) return
    stop()
    show()
    onShown()
  })
}

function show(): void {
  const root = document.getElementById('root')
  if (!root) return
  const { scrollX, scrollY } = window
  const isPrerendered = root.hasChildNodes()
  flushSync(() => createRoot(root).render(<App router={router} />))
  // The reader may have scrolled meanwhile.
  if (isPrerendered) window.scrollTo(scrollX, scrollY)
}
