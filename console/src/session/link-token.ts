/** The token of a link that works once. It is in the fragment, which browsers do not send, so that no log holds it. */
export function tokenOfLink(): string {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
}
