const linkProtocols = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/** The address of a link in a document; undefined for one that would run script in this page. */
export function linkTarget(href: string): string | undefined {
  const url = URL.parse(href, location.href)
  return url && linkProtocols.has(url.protocol) ? url.href : undefined
}

/**
 * A data image, or a file of this site. No other address of this server: an image that calls the
 * API would do so as the reader, and use up their rate limit.
 */
export function imageSource(href: string): string | undefined {
  if (/^data:image\/(png|jpeg|gif|webp|avif);base64,/i.test(href)) return href
  const url = URL.parse(href, location.href)
  return url?.origin === location.origin && url.pathname.startsWith('/assets/') ? url.href : undefined
}

const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  euro: '€',
  larr: '←',
  rarr: '→',
}

/** Decodes an entity such as `&amp;`. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
