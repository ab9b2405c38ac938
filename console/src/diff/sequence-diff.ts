import { diffArrays } from 'diff'

/** One step from the old list to the new one. */
export type Step<T> = { kind: 'same' | 'removed' | 'added'; item: T }

/** A passage with more differences counts as replaced: finding them all would freeze the page. */
const differencesMax = 1_000

/** The fewest removals and additions that lead from one list to the other. */
export function diffSequences<T>(before: readonly T[], after: readonly T[]): Step<T>[] {
  // Common ends are set aside, so that the bound applies only to what is between.
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  return [
    ...steps('same', before.slice(0, start)),
    ...diffMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...steps('same', before.slice(before.length - end)),
  ]
}

function diffMiddle<T>(before: T[], after: T[]): Step<T>[] {
  const runs = diffArrays(before, after, { maxEditLength: differencesMax })
  if (!runs) return [...steps('removed', before), ...steps('added', after)]
  return runs.flatMap(({ removed, added, value }) =>
    steps(removed ? 'removed' : added ? 'added' : 'same', value),
  )
}

function steps<T>(kind: Step<T>['kind'], items: readonly T[]): Step<T>[] {
  return items.map((item) => ({ kind, item }))
}
