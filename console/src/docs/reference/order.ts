interface Ordered {
  method: string
  path: string
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** List, get, create, update, delete: what is done with any record, and with what there is one of, such as a session. */
const everyday = ['GET ', 'GET {}', 'POST ', 'POST token', 'PATCH ', 'PATCH {}', 'DELETE ', 'DELETE {}']

/**
 * The endpoints of a tag in the order in which readers need them, wherever the server declares them: the resource that
 * the tag is named for comes first, of each resource what is done with any record, then the rest by path.
 */
export function inReadingOrder<T extends Ordered>(tag: string, operations: readonly T[]): T[] {
  const main = tag.toLowerCase().replaceAll(' ', '-')
  const bases = [...new Set([main, main.replace(/s$/, ''), ...operations.map(baseOf).toSorted()])]
  const keyed = operations.map((operation) => ({ operation, key: keyOf(operation, bases) }))
  return keyed.toSorted((a, b) => compared(a.key, b.key)).map(({ operation }) => operation)
}

/** `users` of `/api/v1/users/{id}`. */
function baseOf({ path }: Ordered): string {
  return path.replace('/api/v1/', '').replace(/^\//, '').split('/')[0] ?? ''
}

function keyOf(operation: Ordered, bases: readonly string[]): (number | string)[] {
  const { method, path } = operation
  const base = baseOf(operation)
  const below = path.slice(path.indexOf(base) + base.length + 1)
  const step = everyday.indexOf(`${method} ${below.replace(/^\{\w+\}$/, '{}')}`)
  const isOfOne = below.startsWith('{')
  return [
    bases.indexOf(base),
    step < 0 ? everyday.length : step,
    isOfOne ? 1 : 0,
    path,
    methods.indexOf(method),
  ]
}

function compared(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i] ?? 0
    if (one !== other) return one < other ? -1 : 1
  }
  return 0
}
