import { type ConditionFacts, checkCondition, evaluateCondition, type Variables } from './cel.ts'
import { ExpressionFailed, type ExpressionFault } from './failure.ts'
import { checkTransform, evaluateTransform } from './jsonata.ts'

/** The other side of `evaluator.ts`: one expression after the other, from one that knows how long each takes. */
export type Question =
  | { language: 'cel'; text: string; variables: Variables; input?: string }
  | { language: 'jsonata'; text: string; input?: string; bytesMax: number }

export type Reply =
  | { isReady: true }
  | { value: string; facts?: ConditionFacts }
  | { fault: ExpressionFault; message: string; at?: number | undefined }

// Ctrl-C and a service manager signal all processes of a server; this one ends when the server no longer needs it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit())
process.on('message', async (question: Question) => {
  const reply = await replyTo(question)
  process.send?.(reply)
})
// What is loaded and compiled once must not count for the first expression.
await replyTo({ language: 'cel', text: 'true', variables: {}, input: '{}' })
await replyTo({ language: 'jsonata', text: '1', input: '{}', bytesMax: 9 })
process.send?.({ isReady: true } satisfies Reply)

async function replyTo(question: Question): Promise<Reply> {
  try {
    return await answerTo(question)
  } catch (error) {
    if (!(error instanceof ExpressionFailed)) return { fault: 'failed', message: 'It failed.' }
    return { fault: error.fault, message: error.message, at: error.at }
  }
}

async function answerTo(question: Question): Promise<Reply> {
  const { text, input } = question
  if (question.language === 'cel') {
    if (input === undefined) return { value: '', facts: checkCondition(text, question.variables) }
    return { value: String(evaluateCondition(text, question.variables, input)) }
  }
  if (input !== undefined) return { value: await evaluateTransform(text, input, question.bytesMax) }
  checkTransform(text)
  return { value: '' }
}
