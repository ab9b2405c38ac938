import { type EventBody, eventBytesMax } from '../events/types.ts'
import {
  ExpressionFailed,
  type ExpressionFault,
  type Expressions,
  Resting,
} from '../expressions/expressions.ts'
import type { WebhookRow } from './dispatch-store.ts'

/** Why the filter or the transform of a webhook gave no result for an event; its preview shows where. */
export const expressionFailures = [
  'filter_failed',
  'filter_too_long',
  'transform_failed',
  'transform_too_long',
  'transform_too_large',
] as const
export type ExpressionFailure = (typeof expressionFailures)[number]

/** What a filter decides by: the event as it would be sent, with `previous` empty where there is none. */
export const filterVariables = { event: 'string', timestamp: 'string', data: 'map', previous: 'map' } as const

/** An event on which an expression of its webhook failed. */
export class NotShaped extends Error {
  readonly reason: ExpressionFailure

  constructor(reason: ExpressionFailure, { message }: Error) {
    super(message)
    this.reason = reason
  }

  get field(): 'filter' | 'transform' {
    return this.reason.startsWith('filter') ? 'filter' : 'transform'
  }
}

type Shaping = Pick<WebhookRow, 'filter' | 'transform'>

/** @throws NotShaped, or Resting */
export async function passes(
  expressions: Expressions,
  { filter }: Pick<Shaping, 'filter'>,
  told: EventBody,
): Promise<boolean> {
  if (filter === null) return true
  const input = JSON.stringify({ previous: {}, ...told })
  try {
    return await expressions.matches(filter, filterVariables, input)
  } catch (error) {
    throw isFault(error) ? new NotShaped(filterReasons[error.fault], error) : error
  }
}

/** @returns what is sent instead of the event; undefined without a transform. @throws NotShaped, or Resting */
export async function transformed(
  expressions: Expressions,
  { transform }: Pick<Shaping, 'transform'>,
  told: EventBody,
): Promise<string | undefined> {
  if (transform === null) return undefined
  try {
    return await expressions.render(transform, JSON.stringify(told), eventBytesMax)
  } catch (error) {
    throw isFault(error) ? new NotShaped(transformReasons[error.fault], error) : error
  }
}

/** One that rests says nothing about the event. */
function isFault(error: unknown): error is ExpressionFailed {
  return error instanceof ExpressionFailed && !(error instanceof Resting)
}

const filterReasons: Readonly<Record<ExpressionFault, ExpressionFailure>> = {
  invalid: 'filter_failed',
  failed: 'filter_failed',
  too_long: 'filter_too_long',
  too_large: 'filter_too_long',
}
const transformReasons: Readonly<Record<ExpressionFault, ExpressionFailure>> = {
  invalid: 'transform_failed',
  failed: 'transform_failed',
  too_long: 'transform_too_long',
  too_large: 'transform_too_large',
}
