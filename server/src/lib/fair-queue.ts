interface Line<T> {
  items: T[]
  /** What the caller has had so far, as long as something of theirs waits. */
  spent: number
}

/**
 * A queue in which callers take turns: the next one is of whoever has had the least, so that neither many things nor
 * costly ones of one caller stand before another's. Whoever comes begins where the others are, not with what they missed.
 */
export class FairQueue<T> {
  readonly #lines = new Map<string, Line<T>>()
  #size = 0
  /** What the caller had had whose turn came last. */
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
    else this.#lines.set(caller, { items: [item], spent: this.#level })
    this.#size++
  }

  /** The first of whoever's turn it is; a turn counts one. @param mayGo whose turn may not come yet is passed over */
  take(mayGo: (caller: string) => boolean = () => true): T | undefined {
    let next: [string, Line<T>] | undefined
    for (const [caller, line] of this.#lines)
      if ((!next || line.spent < next[1].spent) && mayGo(caller)) next = [caller, line]
    if (!next) return undefined
    const [caller, line] = next
    this.#level = line.spent
    line.spent++
    const item = line.items.shift()
    this.#size--
    // Among those who have had the same, whoever had a turn is the last.
    this.#lines.delete(caller)
    if (line.items.length > 0) this.#lines.set(caller, line)
    return item
  }

  /** What a turn has cost beyond the one that it counts. */
  charge(caller: string, cost: number): void {
    const line = this.#lines.get(caller)
    if (line) line.spent += cost
  }

  remove(caller: string, item: T): void {
    const line = this.#lines.get(caller)
    const place = line?.items.indexOf(item) ?? -1
    if (!line || place === -1) return
    line.items.splice(place, 1)
    if (line.items.length === 0) this.#lines.delete(caller)
    this.#size--
  }

  /** Takes the last one of whoever has the most waiting, if that is more than so many. */
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
}
