import { sayNotLoaded } from './not-loaded.ts'

/** The dialog and its index are loaded on the first search. */
export function enhanceSearch(): void {
  const button = document.querySelector<HTMLElement>('.search-button')
  if (!button) return
  const open = async () => {
    try {
      const { openSearch } = await import('./search.tsx')
      openSearch()
    } catch {
      sayNotLoaded(button)
    }
  }
  button.addEventListener('click', () => void open())
  document.addEventListener('keydown', (event) => {
    const isCommand = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k'
    const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !isTyping(event.target)
    // The application, once it is there, has keys of its own.
    if ((!isCommand && !isSlash) || !button.isConnected) return
    event.preventDefault()
    void open()
  })
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select') !== null
}
