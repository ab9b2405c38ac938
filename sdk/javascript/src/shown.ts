/** A wrong value as an error names it. Text is not repeated: it may be a secret in the wrong place. */
export function shown(value: unknown): string {
  if (value === null || ['undefined', 'boolean', 'number'].includes(typeof value)) return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'this string'
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return `a ${typeof value}`
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (name === 'Promise' || name === 'Call') return 'a promise; an await is missing'
  return name === 'Object' ? 'an object' : `a ${name}`
}
