/** What the server wrote into the page. */
export const siteName = contentOf('site-name') || 'Comserv'

/** Lets the styles that Mantine makes while it runs pass the Content-Security-Policy. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

// The name under which the part of Mantine that keeps a page from scrolling behind a dialog looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

function contentOf(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content
}
