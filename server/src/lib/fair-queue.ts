import { BoundedMap } from './bounded-map.ts'

interface Line<T> {
  items: T[]
  /** What the caller has used so far, as long as anybody waits. */
  spent: number
}

/** How many callers that have nothing waiting are remembered with what they have used. */
const debtsMax = 1_000

/**
 * A queue in which callers take turns: the next item belongs to the caller that has used the least, so that neither
 * many nor costly items of one caller delay another. A newcomer starts level with the others, without credit. Usage is
 * remembered as long as anybody waits, so that leaving and returning gains nothing; an empty queue forgets everything.
 */
export class FairQueue<T> {
  readonly #lines = new Map<string, Line<T>>()
  readonly #debts = new BoundedMap<string, number>(debtsMax)
  #size = 0
  /** The usage of the caller that had the latest turn. */
  #level = 0

  get size(): number {
    return this.#size
  }

  sizeOf(caller: string): number {
    return this.#lines.get(caller)?.items.length ?? 0
  }

  add(caller: string, item: T): void {
    const line = this.#lines.get(caller)
    if (line) line.items.push(item)
    else {
      this.#lines.set(caller, { items: [item], spent: this.#spentBy(caller) })
      this.#debts.delete(caller)
    }
    this.#size++
  }

  /** The first item of the caller whose turn it is; a turn counts one. @param mayGo skips callers that may not go yet */
  take(mayGo: (caller: string) => boolean = () => true): T | undefined {
    let next: [string, Line<T>] | undefined
    for (const [caller, line] of this.#lines)
      if ((!next || line.spent < next[1].spent) && mayGo(caller)) next = [caller, line]
    if (!next) return undefined
    const [caller, line] = next
    this.#level = Math.max(this.#level, line.spent)
    line.spent++
    const item = line.items.shift()
    this.#size--
    // Among callers with equal usage, the one that just had a turn comes last.
    this.#lines.delete(caller)
    if (line.items.length > 0) this.#lines.set(caller, line)
    else this.#remember(caller, line.spent)
    return item
  }

  /** Adds the cost of a turn beyond the one that it counts. */
  charge(caller: string, cost: number): void {
    const line = this.#lines.get(caller)
    if (line) line.spent += cost
    else this.#remember(caller, this.#spentBy(caller) + cost)
  }

  /** @returns whether it was still waiting */
  remove(caller: string, item: T): boolean {
    const line = this.#lines.get(caller)
    const place = line?.items.indexOf(item) ?? -1
    if (!line || place === -1) return false
    line.items.splice(place, 1)
    this.#size--
    if (line.items.length === 0) {
      this.#lines.delete(caller)
      this.#remember(caller, line.spent)
    }
    return true
  }

  /** Takes the last item of the caller with the most waiting, if that is more than so many. */
  takeFromLongest(longerThan: number): T | undefined {
    let longest: [string, T[]] | undefined
    for (const [caller, { items }] of this.#lines)
      if (items.length > (longest?.[1].length ?? longerThan)) longest = [caller, items]
    if (!longest) return undefined
    const [caller, items] = longest
    const item = items.at(-1)
    if (item !== undefined) this.remove(caller, item)
    return item
  }

  #spentBy(caller: string): number {
    return Math.max(this.#level, this.#debts.get(caller) ?? 0)
  }

  #remember(caller: string, spent: number): void {
    if (this.#size > 0) {
      if (spent > this.#level) this.#debts.set(caller, spent)
      return
    }
    this.#debts.clear()
    this.#level = 0
  }
}
