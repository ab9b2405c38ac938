import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { router } from './routes.tsx'

/** Once the page is loaded, so that prerendered text stays until the same text can take its place. */
export function startApp(): void {
  if (router.state.initialized) {
    show()
    return
  }
  const stop = router.subscribe(({ initialized }) => {
    if (!initialized) return
    stop()
    show()
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
