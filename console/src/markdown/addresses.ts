const linkProtocols = new Set(['http:', 'https:', 'mailto:', 'tel:'])

/** Where a link of a document may lead; undefined for what would run in this page. */
export function linkTarget(href: string): string | undefined {
  const url = URL.parse(href, location.href)
  return url && linkProtocols.has(url.protocol) ? url.href : undefined
}

/**
 * A picture that the text itself carries, or a file of this site. No other address of this server: a picture that calls the
 * API would do so in the name of whoever reads, and use up their limit.
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

/** `&amp;` as the character that it names. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, (whole, decimal, hex, name) => {
    if (name) return named[name] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
