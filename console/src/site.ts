/** While the site is built, pages are rendered without a browser; the server replaces what stands between percent signs. */
export const isPrerendered = typeof document === 'undefined'

export const siteName = isPrerendered ? '%SITE_NAME%' : contentOf('site-name') || 'Comserv'

/** Whom to contact, as the target of a link, if the operator has named somebody. */
export const supportContact = isPrerendered ? undefined : contentOf('support-contact') || undefined

/** The address of this server. */
export const siteOrigin = isPrerendered ? '%ORIGIN%' : location.origin

/** The nonce that the Content-Security-Policy requires for Mantine's runtime styles. */
export const styleNonce = isPrerendered
  ? '%NONCE%'
  : (document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '')

// The name under which Mantine's scroll lock looks for it.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

function contentOf(name: string): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content
}
