/**
 * What the packed client must do wherever it runs. The same program in every Node, in Deno, in Bun and in a page, so it
 * uses what all of them have. It takes notes; the test outside says what they must be.
 *
 * @param {typeof import('comserv')} package_ the package, as the platform has loaded it
 * @param {import('./platform.ts').Task} task
 */
export async function exercise(
  package_,
  { url, brokenUrl, silentUrl, clientId, clientSecret, name, signatures },
) {
  const { Comserv, ApiError, TimeoutError, ConnectionError, verifyWebhook, version } = package_
  const traffic = []
  const fetched = async (address, init) => {
    const response = await fetch(address, init)
    traffic.push(`${init.method} ${new URL(address).pathname} ${response.status}`)
    return response
  }
  const comserv = new Comserv({ baseUrl: url, clientId, clientSecret, fetch: fetched })
  const key = { apiKey: clientSecret }
  const times = (line) => traffic.filter((one) => one === line).length
  const errorOf = (call) =>
    call.then(
      () => Promise.reject(new Error('It succeeded.')),
      (error) => error,
    )

  // One token for all who wait; a revoked one is replaced, once for all who met it.
  const twenty = () =>
    Promise.all(Array.from({ length: 20 }, () => comserv.documents.list({ category: name })))
  const token = await comserv.oauth.createToken()
  const hours = token.expires_in / 3_600
  await twenty()
  const tokenCalls = times('POST /api/v1/oauth/token 200')

  // Lists and exports.
  const items = ['A', 'B', 'C', 'D', 'E'].map((title) => ({
    action: 'create',
    data: { title, category: name },
  }))
  await comserv.documents.batch(items, { atomic: true })
  const walked = []
  for await (const { title } of comserv.documents.list({ category: name, limit: 2 })) walked.push(title)
  const pages = []
  for await (const { data } of comserv.documents.list({ category: name, limit: 2 }).pages())
    pages.push(data.length)
  const first = await comserv.documents.list({ category: name, limit: 2 })
  const exported = []
  for await (const { title } of comserv.documents.export({ category: name })) exported.push(title)
  const csv = await comserv.documents.export({ category: name }).text('csv')

  // A POST whose answer is lost is sent again, and writes once.
  const unlucky = new Comserv({ ...key, baseUrl: brokenUrl, sleep: async () => {} })
  await unlucky.documents.create({ title: 'Once', category: `${name} lost` })
  const once = await comserv.documents.list({ category: `${name} lost` })

  // A change that was overtaken.
  const {
    data: read,
    etag,
    requestId,
    rateLimit,
  } = await comserv.documents.get(first.data[0].id).withResponse()
  await comserv.documents.update(read.id, { title: 'Changed' }, { ifMatch: etag })
  const stale = await errorOf(comserv.documents.update(read.id, { title: 'Late' }, { ifMatch: etag }))
  const missing = await errorOf(comserv.documents.get(999_999))
  const wrong = await errorOf(comserv.documents.list({ limit: 101 }))
  const refused = await errorOf(new Comserv({ baseUrl: url, apiKey: 'cs_live_wrong' }).users.list())

  // Whoever waits for an answer, or for the next attempt, can give up; time runs out by itself.
  const silent = new Comserv({ ...key, baseUrl: silentUrl, maxRetries: 0 })
  const reason = new Error('The person went elsewhere.')
  const asking = new AbortController()
  const asked = errorOf(silent.users.get(1, { signal: asking.signal }))
  asking.abort(reason)
  const resting = new AbortController()
  const nobody = new Comserv({
    ...key,
    baseUrl: url,
    fetch: async () => {
      setTimeout(() => resting.abort(reason))
      throw new TypeError('down')
    },
  })
  const rested = await errorOf(nobody.users.get(1, { signal: resting.signal }))
  const late = await errorOf(silent.users.get(1, { timeoutMs: 50 }))
  const reading = new AbortController()
  const half = errorOf(
    (async () => {
      for await (const _ of comserv.documents.export({}, { signal: reading.signal })) reading.abort(reason)
    })(),
  )

  const verified = {}
  for (const { name, secret, body, headers, now, ...more } of signatures) {
    const options = {
      now: () => now * 1_000,
      toleranceSeconds: more.tolerance_seconds,
      acceptBodySignature: more.accept_body_signature,
    }
    verified[name] = await verifyWebhook(body, headers, secret, options).then(
      ({ event }) => event,
      ({ check }) => check,
    )
  }

  return {
    version,
    tokens: { hours, fetchedFor20: tokenCalls - 1 },
    lists: {
      walked,
      pages,
      total: first.meta.total_count,
      exported,
      csvLines: csv.trim().split(/\r?\n/).length,
    },
    lostPost: once.meta.total_count,
    answer: { etag: typeof etag, requestId: typeof requestId, limit: rateLimit?.limit },
    errors: {
      stale: stale.name,
      missing: [
        missing.name,
        missing.status,
        missing.code,
        missing instanceof ApiError,
        typeof missing.requestId,
      ],
      wrong: wrong.name,
      refused: [refused.name, refused.status],
    },
    aborts: {
      asked: (await asked) === reason,
      rested: rested === reason,
      read: (await half) === reason,
      late: [late instanceof TimeoutError, late instanceof ConnectionError],
    },
    verified,
    shown: [comserv, missing, refused, late].map((one) => `${JSON.stringify(one)} ${one.stack}`).join(),
  }
}
