import type { TObject } from 'typebox'

/** The fields of a record that a schema names: a list shows fewer than a single record. */
export function shownAs(schema: TObject, { id, ...resource }: { id: number }): { id: number } {
  const shown = Object.entries(resource).filter(([name]) => name in schema.properties)
  return { id, ...Object.fromEntries(shown) }
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
