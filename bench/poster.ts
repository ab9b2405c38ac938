import { createExchange } from '../server/src/sending/exchange.ts'
import { createGuard } from '../server/src/sending/guard.ts'

export interface PostTask {
  urls: string[]
  headers: Record<string, string>
  body: string
  count: number
  concurrency: number
}

/**
 * A child process: posts one signed message again and again with the HTTP client that webhooks are sent with, and does
 * nothing else. What the product costs beyond it is the queue, the log and the signing.
 */
const exchange = createExchange({
  guard: createGuard({ allowHttp: true, allowedRanges: ['127.0.0.0/8'] }),
  timeoutMs: 15_000,
})

process.on('message', (task: PostTask) => {
  run(task).then(
    () => process.send?.('done'),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())

async function run({ urls, headers, body, count, concurrency }: PostTask): Promise<void> {
  let begun = 0
  async function post(): Promise<void> {
    while (begun < count) {
      const outcome = await exchange.post(urls[begun++ % urls.length] ?? '', headers, body)
      if (outcome.kind === 'failed' || outcome.status !== 204)
        throw new Error(`A request was not accepted: ${JSON.stringify(outcome)}`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, post))
}
