import { Agent, request } from 'node:http'
import { bodies, type HostileLoad } from './hostile-loads.ts'

export interface HostileTask {
  url: string
  key: string
  load: HostileLoad
}

/** How many answers had which status; `0` where the connection broke. */
export type Statuses = Record<number, number>

/** A child process: sends one hostile load until it is told to end, and then says what was answered. */
let isOn = false
let statuses: Statuses = {}
let agent = new Agent()

process.on('message', (message: HostileTask | 'end') => {
  if (message === 'end') {
    isOn = false
    agent.destroy()
    process.send?.(statuses)
    return
  }
  isOn = true
  statuses = {}
  agent = new Agent({ keepAlive: true, maxSockets: message.load.connections })
  for (let i = 0; i < message.load.connections; i++) void sendOn(message)
  process.send?.('sending')
})
process.on('disconnect', () => process.exit())

async function sendOn(task: HostileTask): Promise<void> {
  const { body } = task.load
  const fixed = body === undefined || body === 'people' ? undefined : bodies[body]()
  const own = agent
  while (isOn && own === agent) {
    const status = await send(task, fixed ?? (body && bodies[body]()))
    if (own === agent) statuses[status] = (statuses[status] ?? 0) + 1
    // A refusal is cheap; whoever does not heed it is to be measured, but not this process alone.
    if (status === 0 || status >= 400) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function send({ url, key, load }: HostileTask, body: string | undefined): Promise<number> {
  const { method, path, contentType, isAnonymous, stalls } = load
  return new Promise((resolve) => {
    const address = new URL(path.startsWith('/../') ? path.slice(6) : `/api/v1${path}`, url)
    const headers = {
      ...(isAnonymous ? {} : { 'x-api-key': key }),
      ...(contentType ? { 'content-type': contentType } : {}),
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    }
    const call = request(address, { method, agent, headers }, (answer) => {
      const status = answer.statusCode ?? 0
      if (stalls && status === 200) answer.pause().on('close', () => resolve(status))
      else answer.resume().on('close', () => resolve(status))
      answer.on('error', () => resolve(0))
    })
    call.on('error', () => resolve(0))
    call.end(body)
  })
}
