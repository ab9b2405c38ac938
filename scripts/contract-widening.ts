import type { TSchema } from 'typebox'
import { createCheck } from '../server/src/api/validate.ts'
import type { Contract } from './contract.ts'

type Json = Record<string, unknown>

/**
 * A copy of the current contract for the comparison, with the released schema wherever a request was held to a list of
 * values and now takes more. The comparison matches parameters by likeness and takes a grown list for a removed one.
 * Responses stay as they are: there a value more may be one too many.
 */
export function withoutWidenedEnums(released: Contract, current: Contract): Contract {
  const copy = structuredClone(current)
  const narrowing = new Narrowing(released, copy)
  for (const [path, operations] of entries(released.paths)) {
    for (const [method, before] of entries(operations)) {
      const after = (copy.paths as Record<string, Record<string, Json>>)[path]?.[method]
      if (after) narrowing.visit(before, after)
    }
  }
  return copy
}

class Narrowing {
  readonly #released: Contract
  readonly #current: Contract
  readonly #inResponses: ReadonlySet<string>
  readonly #seen = new Set<unknown>()

  /** @param current is changed in its place */
  constructor(released: Contract, current: Contract) {
    this.#released = released
    this.#current = current
    this.#inResponses = referencesIn(
      entries(current.paths).flatMap(([, operations]) => Object.values(operations).map(responsesOf)),
      current,
    )
  }

  /** What an operation takes. */
  visit(released: Json, current: Json): void {
    for (const parameter of this.#parameters(released, this.#released)) {
      const same = this.#parameters(current, this.#current).find(
        ({ in: place, name }) => place === parameter.in && name === parameter.name,
      )
      this.#narrow(parameter, same, 'schema')
    }
    this.#narrow(released, current, 'requestBody')
  }

  #narrow(released: unknown, current: unknown, key: string): void {
    if (!isObject(released) || !isObject(current)) return
    const [before, after] = [released[key], current[key]]
    if (!isObject(before) || !isObject(after)) return
    if (Array.isArray(before.enum) && isWithin(before.enum, after)) current[key] = before
    else this.#inside(before, after)
  }

  #inside(released: unknown, current: unknown): void {
    if (!isObject(current) || this.#seen.has(current)) return
    this.#seen.add(current)
    const reference = current.$ref
    if (typeof reference === 'string') {
      if (this.#inResponses.has(reference) || !isObject(released)) return
      this.#inside(target(released, this.#released), target(current, this.#current))
      return
    }
    const before = target(released, this.#released)
    if (!isObject(before)) return
    for (const key of Object.keys(current)) {
      const [old, now] = [before[key], current[key]]
      if (!Array.isArray(now)) this.#narrow(before, current, key)
      else if (Array.isArray(old)) now.forEach((each, i) => void this.#inside(old[i], each))
    }
  }

  #parameters(operation: Json, contract: Contract): Json[] {
    return ((operation.parameters ?? []) as Json[]).map((each) => target(each, contract) as Json)
  }
}

function isWithin(values: readonly unknown[], { $ref, ...schema }: Json): boolean {
  if ($ref !== undefined) return false
  const check = createCheck(schema as TSchema)
  return values.every((value) => check(value) === undefined)
}

/** Every component that these refer to, and that those refer to. */
function referencesIn(parts: readonly unknown[], contract: Contract): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(look)
    if (!isObject(part)) return
    const reference = part.$ref
    if (typeof reference === 'string' && !found.has(reference)) {
      found.add(reference)
      look(target(part, contract))
    }
    Object.values(part).forEach(look)
  }
  parts.forEach(look)
  return found
}

function responsesOf(operation: unknown): unknown {
  return isObject(operation) ? operation.responses : undefined
}

/** The part itself, or what it refers to. */
function target(part: unknown, contract: Contract): unknown {
  if (!isObject(part) || typeof part.$ref !== 'string') return part
  const names = part.$ref.slice('#/'.length).split('/')
  return names.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), contract)
}

function entries(object: unknown): [string, Json][] {
  return isObject(object) ? (Object.entries(object) as [string, Json][]) : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
