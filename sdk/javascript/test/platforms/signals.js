import { getEventListeners } from 'node:events'
import process from 'node:process'
import { Comserv } from 'comserv'

/** One signal for everything that a long-running program does, with many clients. */
const { url, busyUrl, clientId, clientSecret } = JSON.parse(process.env.TASK)
const warnings = []
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`))
const before = listenersOfTheProcess()

const stop = new AbortController()
const { signal } = stop
const client = () => new Comserv({ baseUrl: url, clientId, clientSecret })
const one = client()
const key = { apiKey: clientSecret }
const times = (count, call) => Promise.all(Array.from({ length: count }, (_, i) => call(i)))

const items = Array.from({ length: 6 }, (_, i) => ({ action: 'create', data: { title: `Paper ${i}` } }))
await one.documents.batch(items, { atomic: true }, { signal })

// All wait for the same token first; every other call has a client of its own.
const calls = await times(60, (i) => (i % 2 ? one : client()).users.list({ limit: 1 }, { signal }))

// Each waits for its two retries.
const busy = new Comserv({ ...key, baseUrl: busyUrl, random: () => 0 })
const retried = await times(60, () => busy.users.get(1, { signal }).catch(({ status }) => status))

const streams = await times(20, async (i) => {
  for await (const _ of one.documents.export({}, { signal })) if (i % 2) break
  return true
})
const walks = await times(20, async () => {
  for await (const _ of one.documents.list({ limit: 2 }, { signal })) if (signal.aborted) return false
  return true
})
const inARow = []
for (let i = 0; i < 30; i++) inARow.push(await one.documents.get(1, { signal }).catch(({ status }) => status))

// Warnings are emitted in a later tick.
await new Promise((resolve) => setTimeout(resolve, 20))
const listenersLeft = getEventListeners(signal, 'abort').length

// All that wait end at once, with the reason.
const reason = new Error('The program ends.')
const waiting = times(60, () => busy.users.get(1, { signal }).catch((error) => error === reason))
stop.abort(reason)
const aborted = await waiting
await new Promise((resolve) => setTimeout(resolve, 20))

console.log(
  JSON.stringify({
    warnings,
    listenersLeft: listenersLeft + getEventListeners(signal, 'abort').length,
    listenersOfTheProcess: listenersOfTheProcess() === before ? 'as before' : listenersOfTheProcess(),
    done: {
      calls: calls.length,
      retried: retried.filter((status) => status === 503).length,
      streams: streams.length,
      walks: walks.filter(Boolean).length,
      inARow: inARow.length,
      aborted: aborted.filter(Boolean).length,
    },
  }),
)

function listenersOfTheProcess() {
  return process
    .eventNames()
    .map((name) => `${String(name)} ${process.listenerCount(name)}`)
    .sort()
    .join()
}
