import jsonata, { type Expression } from 'jsonata'
import { BoundedMap } from '../lib/bounded-map.ts'
import { sentence } from './cel.ts'
import { ExpressionFailed } from './failure.ts'

/** These end most of what would grow for ever with an error that says where; the rest is ended from outside. */
const limits = { stack: 200, sequence: 10_000 }
const parsed = new BoundedMap<string, Expression>(500)

/** @throws ExpressionFailed when it is no JSONata */
export function checkTransform(text: string): void {
  parse(text)
}

/** @returns JSON */
export async function evaluateTransform(text: string, input: string, bytesMax: number): Promise<string> {
  const expression = parse(text)
  let json: string | undefined
  try {
    const value: unknown = await expression.evaluate(JSON.parse(input))
    if (isFunction(value))
      throw new ExpressionFailed('failed', 'It gives a function, not a value: call it, as in $now().')
    json = JSON.stringify(value)
  } catch (error) {
    if (error instanceof ExpressionFailed) throw error
    throw failure('failed', error, text)
  }
  if (json === undefined) throw new ExpressionFailed('failed', 'It gives nothing for this event.', 0)
  if (Buffer.byteLength(json) > bytesMax)
    throw new ExpressionFailed('too_large', `It gives more than ${bytesMax.toLocaleString('en')} bytes.`)
  return json
}

/** Those of the language are objects with marks of their own. */
function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  return '_jsonata_function' in value || '_jsonata_lambda' in value
}

function parse(text: string): Expression {
  const known = parsed.get(text)
  if (known) return known
  try {
    const expression = jsonata(text, limits)
    parsed.set(text, expression)
    return expression
  } catch (error) {
    throw failure('invalid', error, text)
  }
}

/** JSONata tells the position behind the token that it could not use. */
function failure(fault: 'invalid' | 'failed', error: unknown, text: string): ExpressionFailed {
  const { message, position, token } = error as { message?: string; position?: number; token?: unknown }
  const before =
    typeof token === 'string' && position !== undefined ? text.lastIndexOf(token, position - 1) : -1
  return new ExpressionFailed(fault, sentence(message ?? 'It failed'), before === -1 ? position : before)
}
