const resourceOf = (name: string) => name.slice(0, name.indexOf('.'))

/** `*` for all events, and `document.*` for all about documents. @param names of event types */
export function patternsFor(names: readonly string[]): string[] {
  return ['*', ...new Set(names.map((name) => `${resourceOf(name)}.*`))]
}

/** Whether a choice of names and patterns includes the events of a type. */
export function includesType(chosen: readonly string[], name: string): boolean {
  return chosen.some((one) => one === name || one === '*' || one === `${resourceOf(name)}.*`)
}
