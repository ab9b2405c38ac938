/** A queue in which callers take turns: however many one of them has waiting, the next one is another's. */
export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #lines = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  sizeOf(caller: string): number {
    return this.#lines.get(caller)?.length ?? 0
  }

  add(caller: string, item: T): void {
    const line = this.#lines.get(caller)
    if (line) line.push(item)
    else this.#lines.set(caller, [item])
    this.#size++
  }

  /** The first of whoever's turn it is. @param mayGo whose turn may not come yet is passed over, and keeps it */
  take(mayGo: (caller: string) => boolean = () => true): T | undefined {
    for (const [caller, line] of this.#lines) {
      if (!mayGo(caller)) continue
      const item = line.shift()
      this.#lines.delete(caller)
      if (line.length > 0) this.#lines.set(caller, line)
      this.#size--
      return item
    }
    return undefined
  }

  remove(caller: string, item: T): void {
    const line = this.#lines.get(caller)
    const place = line?.indexOf(item) ?? -1
    if (!line || place === -1) return
    line.splice(place, 1)
    if (line.length === 0) this.#lines.delete(caller)
    this.#size--
  }

  /** Takes the last one of whoever has the most waiting, if that is more than so many. */
  takeFromLongest(longerThan: number): T | undefined {
    const longest = [...this.#lines].reduce<[string, T[]] | undefined>(
      (a, b) => (a && a[1].length >= b[1].length ? a : b),
      undefined,
    )
    if (!longest || longest[1].length <= longerThan) return undefined
    const [caller, line] = longest
    const item = line.at(-1)
    if (item !== undefined) this.remove(caller, item)
    return item
  }
}
