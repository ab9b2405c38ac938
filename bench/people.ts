import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { parseArgs } from 'node:util'
import { type Figure, printTable, recordResults } from './report.ts'
import { processorMs } from './server-process.ts'
import { connections, rows, type Side, startSide, stop } from './sides.ts'

/**
 * `npm run bench:people`: how many sign-ins are refreshed in the time of a durable create, and the processor time of a
 * read with the token of a person who signed in to an application, beside one with a machine's. In turns on one server.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, record: { type: 'boolean' } },
})
const rounds = Number(values.rounds)
const warmUpRounds = 2
const [changesPerRound, readsPerRound] = [400, 2_000]
const home = 'http://127.0.0.1:4711/'
const scope = 'openid offline_access documents:read'
const password = randomBytes(12).toString('base64url')

interface Sent {
  method?: string
  headers?: Record<string, string>
  json?: object
  form?: Record<string, string>
}
interface Answer {
  headers: NodeJS.Dict<string | string[]>
  // biome-ignore lint/suspicious/noExplicitAny: of whichever endpoint was asked
  body: any
}

function ask({ server, agent }: Side, path: string, { json, form, ...sent }: Sent = {}): Promise<Answer> {
  const text = json ? JSON.stringify(json) : form && new URLSearchParams(form).toString()
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded'
  const headers = { ...sent.headers, ...(text === undefined ? {} : { 'content-type': type }) }
  const method = sent.method ?? (text === undefined ? 'GET' : 'POST')
  return new Promise((done, failed) => {
    const sending = request(`${server.url}${path}`, { method, agent, headers }, async (response) => {
      let body = ''
      for await (const part of response.setEncoding('utf8')) body += part
      if ((response.statusCode ?? 500) > 399)
        failed(new Error(`${method} ${path}: ${response.statusCode} ${body}`))
      else done({ headers: response.headers, body: body.startsWith('{') ? JSON.parse(body) : body })
    })
    sending.on('error', failed)
    sending.end(text)
  })
}

const side = await startSide('people')
const admin = { 'x-api-key': side.key }
const person = { username: 'reader', email: 'reader@example.org', password, role: 'editor' }
await ask(side, '/api/v1/users', { headers: admin, json: person })
const application = await ask(side, '/api/v1/applications', {
  headers: admin,
  json: { name: 'Reading room', kind: 'browser', redirect_uris: [home], scopes: ['documents:read'] },
})
const { client_id } = application.body
const session = await ask(side, '/api/v1/session', { json: { username: person.username, password } })
const cookie = `${session.headers['set-cookie']}`.split(';')[0] ?? ''

async function signIn(): Promise<{ access_token: string; refresh_token: string }> {
  const code_verifier = randomBytes(32).toString('base64url')
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: home,
    scope,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString()
  const allowed = await ask(side, '/oauth/authorize', {
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
    form: { request: asked, csrf_token: session.body.csrf_token, decision: 'allow' },
  })
  const code = new URL(`${allowed.headers.location}`).searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', client_id, redirect_uri: home, code, code_verifier }
  return (await ask(side, '/api/v1/oauth/token', { form })).body
}

const signIns = await Promise.all(Array.from({ length: connections }, signIn))
const machine = await ask(side, '/api/v1/credentials', {
  headers: admin,
  json: { name: 'machine', scopes: ['documents:read'] },
})
const { client_secret } = machine.body
const grant = { grant_type: 'client_credentials', client_id: machine.body.client_id, client_secret }
const machineToken = (await ask(side, '/api/v1/oauth/token', { form: grant })).body.access_token

const work = {
  async create() {
    await ask(side, '/api/v1/documents', { headers: admin, json: { title: 'x', content: 'some words here' } })
  },
  /** Each connection has a sign-in of its own, since a refresh token is replaced at each use. */
  async refresh(connection: number) {
    const signedIn = signIns[connection]
    if (!signedIn) throw new Error('There are as many sign-ins as connections.')
    const form = { grant_type: 'refresh_token', client_id, refresh_token: signedIn.refresh_token }
    Object.assign(signedIn, (await ask(side, '/api/v1/oauth/token', { form })).body)
  },
  async byPerson(connection: number, i: number) {
    const authorization = `Bearer ${signIns[connection]?.access_token}`
    await ask(side, `/api/v1/documents/${1 + (i % 1_000)}`, { headers: { authorization } })
  },
  async byMachine(_: number, i: number) {
    const headers = { authorization: `Bearer ${machineToken}` }
    await ask(side, `/api/v1/documents/${1 + (i % 1_000)}`, { headers })
  },
}
type Name = keyof typeof work

/** @returns milliseconds on the clock, and of processor time in the server */
async function measure(name: Name, times: number): Promise<{ tookMs: number; usedMs: number }> {
  const [beganMs, before] = [performance.now(), processorMs(side.server.pid)]
  let i = 0
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      while (i < times) await work[name](connection, i++)
    }),
  )
  return { tookMs: performance.now() - beganMs, usedMs: processorMs(side.server.pid) - before }
}

const [rates, rateCosts, costs]: [number[], number[], number[]] = [[], [], []]
const [perSecond, barePerSecond]: [number[], number[]] = [[], []]
const perCall: [number[], number[]] = [[], []]
for (let round = -warmUpRounds; round < rounds; round++) {
  const names: Name[] = ['refresh', 'create', 'byPerson', 'byMachine']
  const seen = {} as Record<Name, { tookMs: number; usedMs: number }>
  for (const name of round % 2 === 0 ? names : names.toReversed())
    seen[name] = await measure(name, name.startsWith('by') ? readsPerRound : changesPerRound)
  if (round < 0) continue
  rates.push(seen.create.tookMs / seen.refresh.tookMs)
  rateCosts.push(seen.create.usedMs / seen.refresh.usedMs)
  perSecond.push((changesPerRound / seen.refresh.tookMs) * 1_000)
  barePerSecond.push((changesPerRound / seen.create.tookMs) * 1_000)
  costs.push(seen.byPerson.usedMs / seen.byMachine.usedMs)
  perCall[0].push((seen.byMachine.usedMs / readsPerRound) * 1_000)
  perCall[1].push((seen.byPerson.usedMs / readsPerRound) * 1_000)
}
const figures: Figure[] = [
  {
    name: 'tokens by refresh ÷ durable creates, by rate',
    unit: 'ratio',
    atLeast: 0.8,
    samples: rates,
    processorRatios: rateCosts,
    perSecond,
    barePerSecond,
  },
  {
    name: "a read with a person's token, to one with a machine's",
    unit: 'times',
    atMost: 1.05,
    samples: costs,
    perCall,
  },
]
printTable(figures)
if (values.record) recordResults(figures, { rounds, connections, rows }, 'people')
await stop({ side })
