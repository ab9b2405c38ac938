/** Numbers that look random and come again in the same order from the same seed (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to, and never, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('There is nothing to pick from.')
    return values[this.between(0, values.length - 1)] as T
  }

  /** In proportion to the weights. */
  pickWeighted<T>(values: readonly T[], weightOf: (value: T) => number): T {
    let left = this.next() * values.reduce((sum, value) => sum + weightOf(value), 0)
    for (const value of values) {
      left -= weightOf(value)
      if (left < 0) return value
    }
    return this.pick(values)
  }
}

/** A seed from the environment, or a new one; whoever uses it prints it with what went wrong. */
export function seedFrom(name: string): number {
  const given = process.env[name]
  if (given === undefined || given === '') return Math.floor(Math.random() * 2 ** 32)
  if (!/^\d{1,10}$/.test(given)) throw new Error(`${name} must be a whole number.`)
  return Number(given)
}
