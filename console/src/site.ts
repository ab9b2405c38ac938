/** Values that the server writes into the page. */
export const siteName = contentOf('site-name') || 'Comserv'

/** The nonce that the Content-Security-Policy requires for Mantine's runtime styles. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

// The name under which Mantine's scroll lock looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

function contentOf(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content
}
