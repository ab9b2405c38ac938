/** Runs that one process has under way at once. */
const totalMax = 64
/** A receiver that hangs leaves room for other rules, */
const ofRuleMax = 8
/** and somebody with many such rules for those of others. */
const ofOwnerMax = 32

export interface Shared {
  automation_id: number
  owner_id: number
}

/** What is under way in this process, by rule and by owner. */
export class Shares {
  readonly #ofRules: Map<number, number>
  readonly #ofOwners: Map<number, number>
  #total = 0

  /** @param like begins with the same under way */
  constructor(like?: Shares) {
    this.#ofRules = new Map(like ? like.#ofRules : [])
    this.#ofOwners = new Map(like ? like.#ofOwners : [])
    if (like) this.#total = like.#total
  }

  get isFull(): boolean {
    return this.#total >= totalMax
  }

  /** Whose runs have to wait. */
  get full(): { rules: number[]; owners: number[] } {
    return { rules: atLeast(this.#ofRules, ofRuleMax), owners: atLeast(this.#ofOwners, ofOwnerMax) }
  }

  /** @returns whether there was room */
  take({ automation_id, owner_id }: Shared): boolean {
    const [ofRule, ofOwner] = [this.#ofRules.get(automation_id) ?? 0, this.#ofOwners.get(owner_id) ?? 0]
    if (this.isFull || ofRule >= ofRuleMax || ofOwner >= ofOwnerMax) return false
    this.#ofRules.set(automation_id, ofRule + 1)
    this.#ofOwners.set(owner_id, ofOwner + 1)
    this.#total++
    return true
  }

  giveBack({ automation_id, owner_id }: Shared): void {
    lower(this.#ofRules, automation_id)
    lower(this.#ofOwners, owner_id)
    this.#total--
  }
}

function atLeast(counts: ReadonlyMap<number, number>, most: number): number[] {
  return [...counts].filter(([, count]) => count >= most).map(([id]) => id)
}

function lower(counts: Map<number, number>, id: number): void {
  const left = (counts.get(id) ?? 0) - 1
  if (left > 0) counts.set(id, left)
  else counts.delete(id)
}
