/**
 * What this browser remembers. Storage can be full, forbidden or damaged; then nothing is remembered, and the page
 * works as on the first visit.
 */
export function readText(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

export function storeText(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    // The choice holds until the page is closed.
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // Storage that cannot be written to has nothing to forget.
  }
}

/** The value of a key; null if there is none or it is not JSON. The caller checks its shape. */
export function readStored(key: string): unknown {
  try {
    return JSON.parse(readText(key) ?? 'null')
  } catch {
    return null
  }
}
