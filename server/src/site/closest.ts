/** Names that have less in common have it by chance. */
const likeness = 0.55
const closestMax = 3

/**
 * The pages whose name is most like the last part of a path that has none, the best first: `webhook` leads to
 * `webhooks`, and `auth` to `authentication`.
 */
export function closestTo(path: string, pages: readonly string[]): string[] {
  const wanted = pairsOf(path)
  if (wanted.size === 0) return []
  return pages
    .map((page) => ({ page, score: alike(wanted, pairsOf(page)) }))
    .filter(({ score }) => score >= likeness)
    .sort((a, b) => b.score - a.score)
    .slice(0, closestMax)
    .map(({ page }) => page)
}

/** Pairs of letters that follow each other in the name of a page. */
function pairsOf(path: string): Set<string> {
  const name =
    path
      .toLowerCase()
      .replace(/\.\w+$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? ''
  const letters = name.replace(/[^\p{L}\p{N}]/gu, '').slice(0, 100)
  return new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, i) => letters.slice(i, i + 2)))
}

/** From 0 to 1: how much of the shorter name is in the other one, and how much they share of both. */
function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = a.intersection(b).size
  return shared === 0 ? 0 : (shared / Math.min(a.size, b.size) + (2 * shared) / (a.size + b.size)) / 2
}
