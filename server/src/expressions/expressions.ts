import { type Caller, currentCaller } from '../lib/caller.ts'
import type { Clock } from '../lib/clock.ts'
import { type TurnBounds, Turns } from '../lib/turns.ts'
import type { ConditionFacts, FieldRead, Variables } from './cel.ts'
import { Evaluator } from './evaluator.ts'
import type { Question } from './evaluator-process.ts'
import { ExpressionFailed, placeIn } from './failure.ts'
import { Rests } from './rests.ts'

export type { ConditionFacts, FieldRead, Variables } from './cel.ts'
export { ExpressionFailed, type ExpressionFault, Resting } from './failure.ts'

const inputCharactersMax = 1024 * 1024

const bounds: TurnBounds = {
  atOnceMax: 1,
  atOncePerCallerMax: 1,
  waitingMax: 1_000,
  waitingPerCallerMax: 200,
  waitMsMax: 30_000,
}

/**
 * Conditions in CEL and templates in JSONata that users write: evaluated one at a time in a process of their own, with
 * bounds for their time, memory, input and output. Callers take turns.
 *
 * Everything throws ExpressionFailed for the fault of an expression, Resting where it was ended for the same caller a
 * moment ago, and Crowded while too many wait.
 */
export class Expressions {
  readonly #turns = new Turns('expressions', bounds)
  readonly #evaluator = new Evaluator()
  readonly #rests: Rests

  constructor(clock: Clock) {
    this.#rests = new Rests(clock)
  }

  /** Whether it is a condition over these variables. @returns the fields that it reads */
  async checkCondition(text: string, variables: Variables): Promise<FieldRead[]> {
    return (await this.readCondition(text, variables)).reads
  }

  /** The same, with the values that it requires. */
  async readCondition(text: string, variables: Variables): Promise<ConditionFacts> {
    const { facts } = await this.#ask({ language: 'cel', text, variables }, currentCaller())
    return facts ?? { reads: [], requires: [] }
  }

  async checkTemplate(text: string): Promise<void> {
    await this.#ask({ language: 'jsonata', text, bytesMax: 0 }, currentCaller())
  }

  /** @param input JSON of the variables */
  async matches(
    text: string,
    variables: Variables,
    input: string,
    caller = currentCaller(),
  ): Promise<boolean> {
    const { value } = await this.#ask({ language: 'cel', text, variables, input }, caller)
    return value === 'true'
  }

  /** @param input JSON @returns JSON */
  async render(text: string, input: string, bytesMax: number, caller = currentCaller()): Promise<string> {
    const { value } = await this.#ask({ language: 'jsonata', text, input, bytesMax }, caller)
    return value
  }

  close(): Promise<void> {
    return this.#evaluator.close()
  }

  async #ask(question: Question, caller: Caller): Promise<{ value: string; facts?: ConditionFacts }> {
    const { text, input = '' } = question
    if (input.length > inputCharactersMax)
      throw new ExpressionFailed('too_large', 'The event is too large for it.')
    return this.#turns.run(caller, async () => {
      const key = `${caller.key}\n${text}`
      this.#rests.requireOver(key)
      const answer = await this.#evaluator.answer(question).catch((error: unknown) => {
        if (error instanceof ExpressionFailed) this.#rests.begin(key)
        throw error
      })
      if (!('fault' in answer)) return answer
      throw new ExpressionFailed(answer.fault, withPlace(answer, text), answer.at)
    })
  }
}

function withPlace({ message, at }: { message: string; at?: number | undefined }, text: string): string {
  return at === undefined ? message : `${message.replace(/\.$/, '')} (${placeIn(text, at)}).`
}
