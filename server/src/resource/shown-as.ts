import type { TObject } from 'typebox'
import { picked } from '../lib/picked.ts'

/** The fields of a record that a schema names: a list shows fewer than a single record. */
export function shownAs(schema: TObject, resource: { id: number }): { id: number } {
  const names = Object.keys(schema.properties) as (keyof typeof resource)[]
  return picked(
    resource,
    names.filter((name) => name in resource),
  )
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
