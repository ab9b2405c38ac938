const eventName = 'comserv:session-end'

/** @returns false when the page has unsaved input, so that leaving needs a confirmation */
export function announceSessionEnd(): boolean {
  return window.dispatchEvent(new Event(eventName, { cancelable: true }))
}

/** @returns removes the listener */
export function onSessionEnd(listener: (event: Event) => void): () => void {
  window.addEventListener(eventName, listener)
  return () => window.removeEventListener(eventName, listener)
}
