/** The maximum length of an expression, in characters. */
export const expressionCharactersMax = 4_000

/** Why an expression gave no result. */
export const expressionFaults = ['invalid', 'failed', 'too_long', 'too_large'] as const
export type ExpressionFault = (typeof expressionFaults)[number]

/** An invalid expression, or one that gave no result: an error of its author, not of the server. */
export class ExpressionFailed extends Error {
  readonly fault: ExpressionFault
  /** The character of the text at which it went wrong, counted from 0. */
  readonly at: number | undefined

  constructor(fault: ExpressionFault, message: string, at?: number) {
    super(message)
    this.fault = fault
    this.at = at
  }
}

/** It was not tried, because it was ended a moment ago on something else. Whoever can wait tries it again later. */
export class Resting extends ExpressionFailed {
  /** Until it may be tried again. */
  readonly leftMs: number

  constructor(leftMs: number) {
    super('too_long', 'It was ended a moment ago because it took too long or too much memory.')
    this.leftMs = leftMs
  }
}

/** `line 2, column 7, at 'data.titel'`. */
export function placeIn(text: string, at: number): string {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - before.lastIndexOf('\n')
  const near = /^\S[^\n]{0,19}/.exec(text.slice(at))?.[0].trimEnd()
  return `line ${line}, column ${column}, ${near === undefined ? 'at the end' : `at '${near}'`}`
}
