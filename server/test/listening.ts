import { after } from 'node:test'
import type { Json } from './harness.ts'

export interface Message {
  id: string | undefined
  event: string | undefined
  data: Json
}

/** An event stream that a test listens to. */
export interface Listening {
  status: number
  headers: Headers
  /** The id that a client would resume after. */
  lastId: string
  /** Comments so far. */
  beats: number
  /** The next message; undefined when the stream has ended. */
  next(): Promise<Message | undefined>
  /** The text of a response that is no stream. */
  text(): Promise<string>
  close(): void
}

/** Connects to the stream of a server as a program would. */
export async function listen(url: string, headers: Record<string, string>, query = ''): Promise<Listening> {
  const leaving = new AbortController()
  after(() => leaving.abort())
  const response = await fetch(`${url}/api/v1/events/stream${query}`, { headers, signal: leaving.signal })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  const listening: Listening = {
    status: response.status,
    headers: response.headers,
    lastId: '',
    beats: 0,
    async next() {
      for (;;) {
        const end = buffer.indexOf('\n\n')
        if (end === -1) {
          const { value, done } = (await reader?.read()) ?? { done: true }
          if (done) return undefined
          buffer += value
          continue
        }
        const message = messageIn(buffer.slice(0, end))
        buffer = buffer.slice(end + 2)
        if (message.isBeat) listening.beats++
        if (message.id !== undefined) listening.lastId = message.id
        if (message.data !== undefined) return message
      }
    },
    async text() {
      let text = buffer
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true }
        if (done) return text
        text += value
      }
    },
    close: () => leaving.abort(),
  }
  return listening
}

function messageIn(block: string): Message & { isBeat: boolean } {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data')
  return {
    id: field('id'),
    event: field('event'),
    data: data === undefined ? undefined : JSON.parse(data),
    isBeat: block.startsWith(':'),
  }
}

/** The next messages of a stream. */
export async function nextOf(listening: Listening, count: number): Promise<Message[]> {
  const messages: Message[] = []
  while (messages.length < count) {
    const message = await listening.next()
    if (!message) {
      const { status } = listening
      const rest = await listening.text()
      throw new Error(`The stream (${status}) ended after ${messages.length} of ${count} messages: ${rest}`)
    }
    messages.push(message)
  }
  return messages
}
