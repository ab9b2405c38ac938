import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext } from '../server/src/app.ts'
import { operator } from '../server/src/cli/actor.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { freePort } from '../server/src/config/free-port.ts'
import type { Context } from '../server/src/context.ts'
import { createCredential } from '../server/src/credentials/service.ts'
import { createLog } from '../server/src/lib/log.ts'
import { seed } from './seed.ts'
import { processorMs, type ServerProcess, startServer } from './server-process.ts'

/**
 * Servers of this checkout that differ in what they have set up. They get the same calls in short turns, one after the
 * other, so that whatever else the machine does meets all alike.
 */
export interface Side {
  key: string
  server: ServerProcess
  agent: Agent
}

export const rows = 2_000
export const connections = 8

/** A server with 2,000 documents, and the key of an administrator. It may send to this machine. */
export async function startSide(name: string): Promise<Side> {
  const dataDir = mkdtempSync(join(tmpdir(), `comserv-${name}-`))
  process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }))
  const env = {
    COMSERV_DATA_DIR: dataDir,
    COMSERV_RATE_LIMIT_STANDARD: '100000000',
    COMSERV_RATE_LIMIT_ANONYMOUS: '100000000',
    COMSERV_RATE_LIMIT_SESSION: '100000000',
    COMSERV_WEBHOOK_ALLOW_HTTP: 'true',
    COMSERV_WEBHOOK_ALLOWED_CIDRS: '127.0.0.0/8',
    PORT: String(await freePort('127.0.0.1')),
  }
  const context = await createContext(decideConfig(env), createLog('warn'))
  const key = await adminKey(context)
  await seed(context, rows)
  const server = await startServer(env)
  return { key, server, agent: new Agent({ keepAlive: true, maxSockets: connections }) }
}

async function adminKey(context: Context): Promise<string> {
  const change = createCredential(context, await operator(context), { name: 'bench', scopes: ['admin'] })
  return (await context.database.write(change)).resource.client_secret
}

export function post({ server, key, agent }: Side, path: string, json: object): Promise<void> {
  const body = JSON.stringify(json)
  const headers = {
    'x-api-key': key,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise((done, failed) => {
    const sending = request(`${server.url}/api/v1${path}`, { method: 'POST', agent, headers }, (response) => {
      if ((response.statusCode ?? 500) > 299) failed(new Error(`${path}: ${response.statusCode}`))
      response.resume().on('end', done)
    })
    sending.on('error', failed)
    sending.end(body)
  })
}

/** @returns microseconds of processor time for each create; what is still under way afterwards counts in the next turn */
async function costOf(side: Side, document: object, creates: number): Promise<number> {
  const before = processorMs(side.server.pid)
  let left = creates
  const one = async () => {
    while (left-- > 0) await post(side, '/documents', document)
  }
  await Promise.all(Array.from({ length: connections }, one))
  return ((processorMs(side.server.pid) - before) / creates) * 1_000
}

/** @returns the cost of a create on each side, in each round; the order of the sides turns from round to round */
export async function costsInTurns<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  document: object,
  { rounds, warmUpRounds, creates }: { rounds: number; warmUpRounds: number; creates: number },
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[]
  const costs = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = -warmUpRounds; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const cost = await costOf(sides[name], document, creates)
      if (round >= 0) costs[name].push(cost)
    }
  return costs
}

export async function stop(sides: Readonly<Record<string, Side>>): Promise<void> {
  for (const { server, agent } of Object.values(sides)) {
    agent.destroy()
    await server.stop()
  }
}
