import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { parseArgs } from 'node:util'
import { postgresUrl } from './fresh-database.ts'
import type { Json } from './harness.ts'
import { startMailServer } from './mail-server.ts'
import { install } from './product-process.ts'
import { until } from './until.ts'

/** Far longer than anybody waits here: on the embedded database no lease has to run out. */
const leaseSeconds = postgresUrl === undefined ? '600' : '4'
const { values } = parseArgs({ options: { kills: { type: 'string', default: '5' } }, strict: false })
const kills = Number(values.kills)

test(`no mail is lost however often the server is killed (${kills} times), and none comes twice with another Message-ID`, async () => {
  const product = await install()
  const mails = await startMailServer()
  const env = {
    COMSERV_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    COMSERV_MAIL_FROM: 'platform@example.org',
    COMSERV_WEBHOOK_LEASE_SECONDS: leaseSeconds,
    COMSERV_WEBHOOK_TIMEOUT_SECONDS: '1',
    COMSERV_RATE_LIMIT_STANDARD: '100000',
  }
  let serving = await product.serve(env)
  const made = await product.run(['credential', 'create', '--name', 'one', '--scopes', 'admin', '--json'])
  const { client_secret } = JSON.parse(made.stdout)
  const call = async (path: string, json?: object): Promise<Json> => {
    const headers = { 'x-api-key': client_secret, 'content-type': 'application/json' }
    const sent = json && { method: 'POST', body: JSON.stringify(json) }
    const answer = await fetch(`${product.url}/api/v1${path}`, { headers, ...sent })
    assert.ok(answer.ok, `${answer.status} to ${path}`)
    return answer.json()
  }
  const acknowledged: string[] = []
  // Killed before the mail server has the mail, after it has it and before it says so, and somewhere in between.
  for (let kill = 0; kill < kills; kill++) {
    const stage = (['data', 'message', undefined] as const)[kill % 3]
    mails.misbehave(stage, 'hang')
    const before = mails.received.length
    const invited = Array.from({ length: 6 }, async (_, i) => {
      const name = `invited-${kill}-${i}`
      await call('/users', { username: name, email: `${name}@example.org`, invite: true })
      acknowledged.push(`${name}@example.org`)
    })
    if (stage === 'data') await until('connections', () => mails.open() >= 3 || undefined)
    else await mails.arrived(before + 3)
    serving.process.kill('SIGKILL')
    await Promise.allSettled([once(serving.process, 'close'), ...invited])
    mails.misbehave()
    serving = await product.serve(env)
  }
  await until('the end of all mail', async () => {
    const { meta } = await call('/mails?status=sent')
    return meta.total_count >= acknowledged.length || undefined
  })
  const idsOf = Map.groupBy(mails.received, ({ to }) => to)
  for (const address of acknowledged) {
    const ids = (idsOf.get(address) ?? []).map(({ headers }) => headers.get('message-id'))
    assert.equal(new Set(ids).size, 1, `${address} came ${ids.length} times`)
  }
  assert.equal(await serving.stop(), 0)
})
