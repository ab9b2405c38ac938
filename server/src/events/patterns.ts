import type { EventType } from './types.ts'

type Types = ReadonlyMap<string, EventType>

/** Everything that can be subscribed to, later types included. */
const all = '*'

/** `document.*` for all events about documents, and `*`. @param names of event types */
export function patternsFor(names: readonly string[]): string[] {
  const resources = [...new Set(names.map((name) => name.slice(0, name.lastIndexOf('.'))))]
  return [...resources.map((resource) => `${resource}.*`), all]
}

/** @param chosen names of event types, and patterns */
export function includesType(chosen: readonly string[], { name, reads }: EventType): boolean {
  // A test of one webhook is no event that anybody subscribes to.
  return reads !== null && isNamed(chosen, name)
}

/** @param chosen names of event types, and patterns */
export function isNamed(chosen: readonly string[], name: string): boolean {
  return chosen.some(
    (one) => one === name || one === all || one === `${name.slice(0, name.lastIndexOf('.'))}.*`,
  )
}

/** @returns the names that are chosen; undefined for all of them, whatever there may be */
export function namesIn(chosen: readonly string[], names: Iterable<string>): string[] | undefined {
  return chosen.includes(all) ? undefined : [...names].filter((name) => isNamed(chosen, name))
}

/** The names of the event types that somebody has chosen by name or pattern, in the order of the catalog. */
export function chosenTypes(chosen: readonly string[], types: Types): string[] {
  return [...types.values()].filter((type) => includesType(chosen, type)).map(({ name }) => name)
}
