import { editsBetween } from './edits.ts'

/** The name that was most likely meant. */
export function nearest(given: string, known: readonly string[], editsMax = 3): string | undefined {
  return known
    .map((name) => ({
      name,
      edits: Math.abs(name.length - given.length) > editsMax ? Infinity : editsBetween(given, name),
    }))
    .filter(({ edits }) => edits <= editsMax)
    .sort((a, b) => a.edits - b.edits)[0]?.name
}
