import assert from 'node:assert/strict'
import type { Json, TestServer } from './harness.ts'
import { type Received, type Receiver, startReceiver } from './receiver.ts'

export interface Hooked extends Receiver {
  id: number
  secret: string
  /** What it responds with from now on. */
  say(reply: Reply): void
  /** The bodies of its calls since the last time. */
  calls(): Json[]
}

type Reply = Json | ((call: Json, request: Received) => Json)

/** Longer than a loaded machine needs. */
const timeout_ms = 5_000

/** A hook whose receiver responds with JSON. */
export async function hookFor(
  server: TestServer,
  admin: string,
  actions: readonly string[],
  reply: Reply = { allow: true },
  more: object = {},
): Promise<Hooked> {
  const receiver = await startReceiver()
  let seen = 0
  const say = (next: Reply) =>
    receiver.answer((response, request) =>
      response.end(JSON.stringify(typeof next === 'function' ? next(request.body, request) : next)),
    )
  say(reply)
  const json = { url: receiver.url, actions, timeout_ms, ...more }
  const { status, body, text } = await server.call('POST', '/api/v1/hooks', { key: admin, json })
  assert.equal(status, 201, text)
  return {
    ...receiver,
    id: body.id,
    secret: body.secret,
    say,
    calls() {
      const calls = receiver.received.slice(seen).map((one) => one.body)
      seen = receiver.received.length
      return calls
    },
  }
}
