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
    json = JSON.stringify(await expression.evaluate(JSON.parse(input)))
  } catch (error) {
    throw failure('failed', error, text)
  }
  if (json === undefined) throw new ExpressionFailed('failed', 'It gives nothing for this event.', 0)
  if (Buffer.byteLength(json) > bytesMax)
    throw new ExpressionFailed('too_large', `It gives more than ${bytesMax.toLocaleString('en')} bytes.`)
  return json
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
