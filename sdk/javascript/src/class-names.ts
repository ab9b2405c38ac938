/**
 * A program may hold several copies of this package: one that was imported and one that was required, or two versions.
 * Each exported class bears its name under this symbol, which all copies share, so that `instanceof` works across them.
 * Minifiers change `Class.name`, hence the names that are written out.
 */
const className = Symbol.for('comserv.className')

export function nameClasses(classes: Record<string, { prototype: object }>): void {
  for (const [name, { prototype }] of Object.entries(classes))
    Object.defineProperty(prototype, className, { value: name })
}

/** For `Symbol.hasInstance`. A class that a program derives has no name, and is recognised by its prototype alone. */
export function isInstanceOf(Class: { prototype: object }, value: unknown): boolean {
  const name = ownName(Class.prototype)
  for (let link = prototypeOf(value); link !== null; link = prototypeOf(link)) {
    if (link === Class.prototype || (name !== undefined && ownName(link) === name)) return true
  }
  return false
}

function ownName(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, className)?.value
}

function prototypeOf(value: unknown): object | null {
  return typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : null
}
