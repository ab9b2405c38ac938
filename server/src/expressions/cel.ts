import { type ASTNode, Environment, type ParseResult } from '@marcbachmann/cel-js'
import { BoundedMap } from '../lib/bounded-map.ts'
import { ExpressionFailed } from './failure.ts'

/** The variables of a condition, with their CEL types. */
export type Variables = Readonly<Record<string, 'string' | 'map'>>

/** A field that a condition names, such as `data.title`. */
export interface FieldRead {
  variable: string
  field: string
  at: number
}

/** What a condition is, besides valid. */
export interface ConditionFacts {
  reads: FieldRead[]
  /** Fields of `data` that it matches with this value alone: one part of its outermost `&&` each. */
  requires: { field: string; value: string | number | boolean }[]
}

const limits = {
  maxAstNodes: 1_000,
  maxDepth: 50,
  maxListElements: 200,
  maxMapEntries: 50,
  maxCallArguments: 10,
}
const environments = new BoundedMap<string, Environment>(20)
const parsed = new BoundedMap<string, ParseResult>(500)

/** @throws ExpressionFailed when it is no CEL, or gives neither true nor false */
export function checkCondition(text: string, variables: Variables): ConditionFacts {
  const { ast, check } = parse(text, variables)
  const { valid, type, error } = check()
  if (!valid) throw failure('invalid', error)
  if (type !== 'bool' && type !== 'dyn')
    throw new ExpressionFailed('invalid', `It gives a value of type ${type}, not true or false.`, 0)
  return { reads: readsOf(ast, variables), requires: requiredBy(ast) }
}

/**
 * A field that the event does not have matches nothing, as NULL in a database: one condition serves several types of
 * events. Whatever else fails is an error.
 */
export function evaluateCondition(text: string, variables: Variables, input: string): boolean {
  try {
    const value: unknown = parse(text, variables)(JSON.parse(input, withIntegers))
    if (typeof value === 'boolean') return value
  } catch (error) {
    if (codeOf(error) === 'no_such_key') return false
    throw failure('failed', error)
  }
  throw new ExpressionFailed('failed', 'It gives neither true nor false.', 0)
}

function parse(text: string, variables: Variables): ParseResult {
  const key = JSON.stringify([variables, text])
  const known = parsed.get(key)
  if (known) return known
  try {
    const result = environmentFor(variables).parse(text)
    parsed.set(key, result)
    return result
  } catch (error) {
    throw failure('invalid', error)
  }
}

function environmentFor(variables: Variables): Environment {
  const key = JSON.stringify(variables)
  const known = environments.get(key)
  if (known) return known
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits })
  for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type)
  environments.set(key, environment)
  return environment
}

/** Ids and counts are integers in CEL, too: `data.id + 1`. */
function withIntegers(_name: string, value: unknown, context?: { source?: string }): unknown {
  const isInteger = typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '')
  return isInteger ? BigInt(context?.source ?? value) : value
}

function readsOf(ast: ASTNode, variables: Variables): FieldRead[] {
  const reads: FieldRead[] = []
  const look = (part: unknown): void => {
    if (Array.isArray(part)) for (const one of part) look(one)
    if (!isNode(part)) return
    if (part.op === '.') {
      const [of, field] = part.args
      if (of.op === 'id' && of.args in variables) reads.push({ variable: of.args, field, at: of.start })
    }
    look(part.args)
  }
  look(ast)
  return reads
}

/** By CEL, `false && x` is false whatever `x` does: another value of such a field never matches. */
function requiredBy(part: ASTNode): ConditionFacts['requires'] {
  if (part.op === '&&') return part.args.flatMap(requiredBy)
  if (part.op !== '==') return []
  const field = part.args.map(dataFieldOf).find((name) => name !== undefined)
  const value = part.args.map(literalOf).find((one) => one !== undefined)
  return field === undefined || value === undefined ? [] : [{ field, value }]
}

function dataFieldOf(part: ASTNode): string | undefined {
  if (part.op !== '.') return undefined
  const [of, field] = part.args
  return of.op === 'id' && of.args === 'data' ? field : undefined
}

/** As JSON has it; undefined for what is no text, integer or truth value. */
function literalOf(part: ASTNode): string | number | boolean | undefined {
  if (part.op !== 'value') return undefined
  const value: unknown = part.args
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined
}

function isNode(part: unknown): part is ASTNode {
  return typeof part === 'object' && part !== null && 'op' in part && 'args' in part
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function failure(fault: 'invalid' | 'failed', error: unknown): ExpressionFailed {
  if (error instanceof ExpressionFailed) return error
  const { summary, message, range } = error as {
    summary?: string
    message?: string
    range?: { start: number }
  }
  return new ExpressionFailed(fault, sentence(summary ?? message ?? 'It failed'), range?.start)
}

export function sentence(text: string): string {
  const trimmed = text.trim().slice(0, 300)
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
