import { invalidRequest } from '../api/errors.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { chosenTypes } from '../events/patterns.ts'
import { ExpressionFailed, type FieldRead } from '../expressions/expressions.ts'
import { expressionCharactersMax } from '../expressions/failure.ts'
import { filterVariables } from '../sending/shape.ts'

export const Filter = Type.String({
  minLength: 1,
  maxLength: expressionCharactersMax,
  text: 'lines',
  description:
    'Which of these events are sent: a condition in CEL over `event`, `timestamp`, `data` and `previous`. A field that an event does not have does not match',
  examples: ['data.category == "policies"'],
})
export const Transform = Type.String({
  minLength: 1,
  maxLength: expressionCharactersMax,
  text: 'lines',
  description:
    'What is sent instead of the event: a template in JSONata. With `cloudevents`, it becomes the `data`',
  examples: ['{ "text": data.title & " was published" }'],
})

type Given = { filter?: string | null; transform?: string | null }

/** @returns the fields that the filter reads. @throws AppError invalid_request that says what is wrong, and where */
export async function checkedExpressions(
  { expressions }: Pick<Context, 'expressions'>,
  { filter, transform }: Given,
): Promise<FieldRead[]> {
  const reads =
    typeof filter === 'string'
      ? await refusing('filter', expressions.checkCondition(filter, filterVariables))
      : []
  if (typeof transform === 'string') await refusing('transform', expressions.checkTemplate(transform))
  return reads
}

async function refusing<T>(field: string, checking: Promise<T>): Promise<T> {
  try {
    return await checking
  } catch (error) {
    if (error instanceof ExpressionFailed)
      throw invalidRequest(`The '${field}' field is refused: ${error.message}`)
    throw error
  }
}

/** A field that no event has would silently match nothing. */
export function requireKnownFields(
  { catalog }: Pick<Context, 'catalog'>,
  events: readonly string[],
  reads: readonly FieldRead[],
): void {
  const known = new Set(
    chosenTypes(events, catalog.eventTypes).flatMap((name) =>
      Object.keys(catalog.eventTypes.get(name)?.data.properties ?? {}),
    ),
  )
  const unknown = reads.find(({ field }) => !known.has(field))
  if (!unknown) return
  throw invalidRequest(
    `The 'filter' field names ${unknown.variable}.${unknown.field}, which none of these events has. Their fields are ${[...known].join(', ')}.`,
  )
}
