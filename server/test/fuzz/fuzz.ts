import { createTasks } from '../../src/app.ts'
import type { Answer, TestServer } from '../harness.ts'
import { Callers } from './callers.ts'
import { Known } from './known.ts'
import { holdsPassword, type Operation, operationsOf } from './operations.ts'
import { brokenPromises, headDiffers } from './promises.ts'
import { Random } from './random.ts'
import { type Planned, planRequest, planStranger } from './requests.ts'
import { asCurl, Wire } from './send.ts'

export interface Finding {
  /** What was broken, and nothing that differs from one request to the next. */
  kind: string
  sentence: string
  curl: string
}

/** The first administrator is made once in an installation; setup.test.ts has it. */
const onceInALife = [
  'setUp',
  // They need a link or a secret that only another program or person holds; their own tests use them.
  'endUserSession',
  'resetPassword',
  'collectCredential',
  'createGuestRequest',
  'readGuestRequest',
  'collectGuestCredential',
  // They need a code that the app of the person shows at that moment; second-factors.test.ts has them.
  'verifySignIn',
  'setUpTotpAtSignIn',
  'activateTotpAtSignIn',
  'activateMyTotp',
  'createMyRecoveryCodes',
  // They need an address under which browsers have passkeys, and what such a device signs; passkeys.test.ts has them.
  'getMyPasskeyOptions',
  'addMyPasskey',
  'renameMyPasskey',
  'removeMyPasskey',
  'getPasskeyOptions',
  'signInWithPasskey',
  // It needs a run that failed, of an automation that was not changed since; automations.test.ts has it.
  'resumeAutomationRun',
  // It needs the id of a native application, whose form says nothing of kinds; devices.test.ts has it.
  'authorizeDevice',
  // It needs an application that the person has allowed; applications.test.ts has it.
  'endMyApplication',
  // They need the username of somebody whom nothing else here needs.
  'eraseUser',
  'cancelErasure',
  'getErasure',
]

export interface FuzzReport {
  byStatus: Map<number, number>
  /** Operations that never succeeded: what stands behind their checks was not reached. */
  neverSucceeded: string[]
  findings: Finding[]
}

/** Between two renewals of the callers. */
const renewEvery = 100
/** An operation that did not succeed yet is tried more often, and beyond what was asked for, far more often. */
const unreachedWeight = 4
const lateWeight = 40
const longerMax = 4
const workEvery = 400
const passwordWeight = 0.25

/** Sends requests made from the server's own description, and holds every answer against it. The same seed sends the same again. */
export async function fuzz(server: TestServer, seed: number, requests: number): Promise<FuzzReport> {
  const random = new Random(seed)
  const operations = operationsOf((await server.call('GET', '/api/v1/openapi.json')).body)
  const weights = new Map(
    operations.map((each) => [each, holdsPassword(each.body?.schema) ? passwordWeight : 1]),
  )
  const callers = new Callers(server, random)
  const known = new Known(random)
  const wire = new Wire(server.url)
  const byStatus = new Map<number, number>()
  const succeeded = new Set<string>()
  const findings: Finding[] = []

  const unreached = () =>
    operations.map(({ id }) => id).filter((id) => !succeeded.has(id) && !onceInALife.includes(id))
  const weightOf = (operation: Operation, isLate: boolean) =>
    (weights.get(operation) ?? 1) * (succeeded.has(operation.id) ? 1 : isLate ? lateWeight : unreachedWeight)

  const report = (planned: Planned, sentences: readonly string[]) => {
    for (const sentence of sentences) {
      const kind = `${planned.operation?.id ?? planned.method} ${sentence.replaceAll(/\d+|"[^"]*"/g, '…').slice(0, 90)}`
      findings.push({ kind, sentence, curl: asCurl(server.url, planned) })
    }
  }

  async function once(planned: Planned): Promise<void> {
    const answer = await wire.send(planned)
    byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1)
    report(planned, brokenPromises(planned, answer))
    known.learn(planned, answer)
    if (answer.status === 401 && wasValid(planned)) await callers.renew()
    if (answer.status < 300 && planned.operation) succeeded.add(planned.operation.id)
    if (planned.operation?.method === 'GET' && random.chance(0.1))
      report(planned, await headOf(planned, answer))
  }

  /** The first request may be the first use of its session, which is written down meanwhile and shown by the next one. */
  async function headOf(planned: Planned, answer: Answer): Promise<string[]> {
    const differences = headDiffers(answer, await wire.send(planned, 'HEAD'))
    if (differences.length === 0) return []
    await server.context.sessions.settled()
    return headDiffers(await wire.send(planned), await wire.send(planned, 'HEAD'))
  }

  /** Sent once more under its key, a request gets the answer it got; unless its caller has lost what it takes, or the reading of it. */
  async function again(): Promise<void> {
    const sent = known.replayable()
    if (sent === undefined) return
    const { status, text } = await wire.send(sent.planned)
    const isSame = status === sent.answer.status && text === sent.answer.text
    if (isSame || status === 401 || status === 403) return
    if (status !== 204 || (await wire.send(reading(sent.planned))).status !== 403)
      report(sent.planned, [`replayed otherwise: ${status} ${text}`])
  }

  /** Nobody responds to a made-up hook, so that the changes it is called about would never succeed. */
  async function pauseHooks(): Promise<void> {
    const active = await server.context.hooks.all()
    if (active.length === 0) return
    // Of its own each time: earlier ones may have been revoked by a request.
    const { secret: key } = await server.credential('admin')
    for (const { row } of active)
      await server.call('PATCH', `/api/v1/hooks/${row.id}`, { key, json: { status: 'paused' } })
  }

  try {
    for (let i = 0; i < requests || (unreached().length > 0 && i < requests * longerMax); i++) {
      if (i % renewEvery === 0) await callers.renew()
      if (i % 10 === 0) await pauseHooks()
      if (i % workEvery === 0) for (const task of createTasks(server.context)) await task.run()
      if (i % 50 === 0) server.clock.advance(random.between(0, 90) * 1_000)
      const stranger = random.chance(0.03) ? planStranger(random, operations, callers) : undefined
      const operation = random.pickWeighted(operations, (one) => weightOf(one, i >= requests))
      await once(stranger ?? planRequest(random, operation, callers, known))
      if (random.chance(0.01)) await again()
    }
  } finally {
    wire.close()
  }
  return { byStatus, neverSucceeded: unreached(), findings }
}

/** The same caller reads what a request was about: `/categories/14` for `/categories/14/restore`. */
function reading({ path, headers, ...planned }: Planned): Planned {
  const { 'idempotency-key': _, 'content-type': __, ...others } = headers
  const about = path.replace(/^(\/api\/v1\/[^/]+.*)\/[a-z-]+$/, '$1')
  return {
    ...planned,
    operation: undefined,
    method: 'GET',
    path: about,
    url: about,
    headers: others,
    body: undefined,
  }
}

/** Whoever sent it was let in until a request before revoked, suspended or signed out. */
function wasValid({ caller, headers, operation }: Planned): boolean {
  const shown = Object.entries(caller.headers)
  return (
    operation?.isPublic === false && shown.length > 0 && shown.every(([name, text]) => headers[name] === text)
  )
}

/** One of each kind. */
export function printed(findings: readonly Finding[]): string {
  const kinds = new Map(findings.toReversed().map((finding) => [finding.kind, finding]))
  return [...kinds.values()]
    .map(({ kind, sentence, curl }) => {
      const times = findings.filter((finding) => finding.kind === kind).length
      return `${times} × ${sentence}\n    ${curl}`
    })
    .join('\n')
}
