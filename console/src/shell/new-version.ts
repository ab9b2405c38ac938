import { useEffect, useSyncExternalStore } from 'react'

/** Pages stay open for days, while the server is updated. */
const everyMs = 5 * 60_000

let isThere = false
const listeners = new Set<() => void>()

/** Whether the server has another version of the pages than the one that is open. */
export function useNewVersion(): boolean {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') void lookForNewVersion()
    }
    const timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', look)
    }
  }, [])
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => isThere,
  )
}

/** Also to be called when a file is missing. */
export async function lookForNewVersion(): Promise<boolean> {
  if (isThere) return true
  isThere = await isReplaced()
  if (isThere) for (const listener of listeners) listener()
  return isThere
}

/** The name of the first script changes with each build, so the page is read again and compared. */
async function isReplaced(): Promise<boolean> {
  const script = document.querySelector('script[type="module"][src]')?.getAttribute('src')
  const [opened] = performance.getEntriesByType('navigation')
  if (!script || !opened) return false
  try {
    const response = await fetch(opened.name, { cache: 'no-store', headers: { accept: 'text/html' } })
    return response.ok && !(await response.text()).includes(script)
  } catch {
    // Offline is not another version.
    return false
  }
}
