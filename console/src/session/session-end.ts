const eventName = 'comserv:session-end'

/** @returns false when somebody has something unsaved on the page, so that it must not be left without a question */
export function announceSessionEnd(): boolean {
  return window.dispatchEvent(new Event(eventName, { cancelable: true }))
}

/** @returns takes the listener away */
export function onSessionEnd(listener: (event: Event) => void): () => void {
  window.addEventListener(eventName, listener)
  return () => window.removeEventListener(eventName, listener)
}
