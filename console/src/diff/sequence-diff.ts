/** What happened to one item on the way from the old list to the new one. */
export type Step<T> = { kind: 'same' | 'removed' | 'added'; item: T }

/** How many differences are looked for; beyond it one whole passage counts as replaced, rather than that the page stands still. */
const differencesMax = 1_500

/** The fewest removals and additions that lead from one list to the other (Myers, "An O(ND) Difference Algorithm", 1986). */
export function diffSequences<T>(before: readonly T[], after: readonly T[]): Step<T>[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const same = (items: readonly T[]): Step<T>[] => items.map((item) => ({ kind: 'same', item }))
  return [
    ...same(before.slice(0, start)),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ]
}

function diffMiddle<T>(before: readonly T[], after: readonly T[]): Step<T>[] {
  const replaced: Step<T>[] = [
    ...before.map((item) => ({ kind: 'removed' as const, item })),
    ...after.map((item) => ({ kind: 'added' as const, item })),
  ]
  if (before.length === 0 || after.length === 0) return replaced
  const trail = furthestReaches(before, after)
  return trail ? stepsBack(before, after, trail) : replaced
}

/** For each number of differences, how far one comes on each diagonal. @returns undefined when there are too many */
function furthestReaches<T>(before: readonly T[], after: readonly T[]): Int32Array[] | undefined {
  const max = Math.min(before.length + after.length, differencesMax)
  const trail: Int32Array[] = []
  const reach = new Int32Array(2 * max + 3)
  for (let d = 0; d <= max; d++) {
    for (let k = -d; k <= d; k += 2) {
      let x = isDown(reach, max, k, d) ? at(reach, max, k + 1) : at(reach, max, k - 1) + 1
      let y = x - k
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x++
        y++
      }
      reach[max + 1 + k] = x
      if (x >= before.length && y >= after.length) {
        trail.push(reach.slice(max + 1 - d - 1, max + 1 + d + 2))
        return trail
      }
    }
    trail.push(reach.slice(max + 1 - d - 1, max + 1 + d + 2))
  }
  return undefined
}

function isDown(reach: Int32Array, max: number, k: number, d: number): boolean {
  return k === -d || (k !== d && at(reach, max, k - 1) < at(reach, max, k + 1))
}

function at(reach: Int32Array, max: number, k: number): number {
  return reach[max + 1 + k] ?? 0
}

/** From the end back to the beginning, along the reaches. */
function stepsBack<T>(before: readonly T[], after: readonly T[], trail: readonly Int32Array[]): Step<T>[] {
  const steps: Step<T>[] = []
  let x = before.length
  let y = after.length
  for (let d = trail.length - 1; d > 0; d--) {
    // Of the round before this one, whose middle is its diagonal 0.
    const reach = trail[d - 1] ?? new Int32Array()
    const reachOn = (k: number) => reach[d + k] ?? -1
    const k = x - y
    const down = k === -d || (k !== d && reachOn(k - 1) < reachOn(k + 1))
    const fromK = down ? k + 1 : k - 1
    const fromX = reachOn(fromK)
    const fromY = fromX - fromK
    while (x > fromX && y > fromY && x > 0 && y > 0 && before[x - 1] === after[y - 1]) {
      steps.push({ kind: 'same', item: before[--x] as T })
      y--
    }
    if (down) steps.push({ kind: 'added', item: after[--y] as T })
    else steps.push({ kind: 'removed', item: before[--x] as T })
  }
  while (x > 0 && y > 0) {
    steps.push({ kind: 'same', item: before[--x] as T })
    y--
  }
  return steps.reverse()
}
