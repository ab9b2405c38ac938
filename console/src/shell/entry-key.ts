/**
 * React Router calls every entry of the history `default` that began with a page load, and restores the scroll position
 * of the last of them. A key of its own tells them apart; it stays when the page is reloaded or returned to.
 */
export function keyEntry(): void {
  const state: { key?: unknown } | null = history.state
  if (typeof state?.key !== 'string')
    history.replaceState({ ...state, key: Math.random().toString(36).slice(2, 10) }, '')
}
