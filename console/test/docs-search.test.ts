import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { searchIndex } from '../guides/search-index.ts'
import { find } from '../src/docs/search/find.ts'
import { stemOf } from '../src/docs/search/words.ts'

const entries = searchIndex()
const found = (query: string) => find(entries, query).map(({ entry }) => entry.to)

const webhookSignature = '/docs/webhooks#verify'
const rateLimits = '/docs/rate-limits'
const ownCertificates = '/docs/webhooks#receivers-with-certificates-of-your-own'
const safePost = '/docs/idempotency-and-concurrency#repeat-a-post-idempotency-key'
const filters = '/docs/lists#filters-sorting-and-search'

/** What people look for, and where it is: the first result. */
const first: Readonly<Record<string, string>> = {
  'private ca': ownCertificates,
  'self signed certificate': ownCertificates,
  'ip address': '/docs/authentication#allowed-addresses',
  'allow list': '/docs/authentication#allowed-addresses',
  'rotate key': '/docs/authentication#rotate-a-secret',
  'change secret': '/docs/authentication#rotate-a-secret',
  'lost key': '/docs/authentication#rotate-a-secret',
  'forgot password': '/docs/users#forgotten-passwords',
  'i forgot my password': '/docs/users#forgotten-passwords',
  'reset password': '/docs/users#forgotten-passwords',
  'who changed': '/docs/audit-log',
  audit: '/docs/audit-log',
  gdpr: '/docs/personal-data',
  'verify signature': webhookSignature,
  idempotency: safePost,
  'idempotency-key': safePost,
  'next page': '/docs/lists#pages',
  pagination: '/docs/lists',
  'restore deleted': '/docs/documents#delete-and-restore',
  rollback: '/docs/documents#revisions',
  swagger: '/docs/sdks#other-languages-and-tools',
  openapi: '/docs/sdks#other-languages-and-tools',
  postman: '/docs/sdks#other-languages-and-tools',
  support: '/#support',
  contact: '/#support',
  localhost: '/docs/webhooks#a-receiver-on-localhost',
  last_login: '/docs/users#list-and-read',
  '401': '/docs/authentication#when-a-credential-stops-working',
  '403': '/docs/narrowing#why-is-this-refused',
  '429': rateLimits,
  'too many requests': rateLimits,
  'rate limit': rateLimits,
  throttling: rateLimits,
  csv: '/docs/bulk#exports',
  'import users': '/docs/bulk#imports',
  export: '/docs/bulk#exports',
  'move server': '/docs/self-hosting#moving-to-another-machine',
  upgrade: '/docs/self-hosting#upgrading',
  redis: '/docs/self-hosting#several-processes',
  https: '/docs/self-hosting#a-proxy-with-tls',
  'proxy tls': '/docs/self-hosting#a-proxy-with-tls',
  port: '/docs/configuration#port',
  'environment variables': '/docs/configuration',
  docker: '/docs/self-hosting#in-a-container',
  'php composer': '/docs/sdk-php#install',
  'pip install': '/docs/sdk-python#install',
  'npm install': '/docs/sdk-javascript#install',
  'token expires': '/docs/authentication#when-a-token-expires',
  'refresh token': '/docs/authentication#when-a-token-expires',
  'client credentials': '/docs/authentication#oauth-20-recommended',
  scopes: '/docs/authentication#scopes',
  roles: '/docs/users#roles',
  'filter by date': filters,
  sort: filters,
  'full text search': filters,
  batch: '/docs/bulk#batches',
  bulk: '/docs/bulk',
  'health check': '/docs/self-hosting#health-checks',
  metrics: '/docs/metrics',
  prometheus: '/docs/metrics',
  logs: '/docs/self-hosting#logs',
  'disk full': '/docs/self-hosting#a-full-disk',
  'what happens when a key leaks': '/docs/authentication#if-a-key-leaks',
  'optimistic locking': '/docs/idempotency-and-concurrency#avoid-overwriting-changes-etag-and-if-match',
  'publish later': '/docs/documents#schedule-publishing',
  'create user': '/docs/reference/createUser',
  'POST /api/v1/users/batch': '/docs/reference/changeUsers',
  COMSERV_TRUST_PROXY: '/docs/configuration#comserv_trust_proxy',
  'X-RateLimit-Reset': '/docs/rate-limits#headers',
}

/** Where several places are good, one of the first three. */
const amongThree: Readonly<Record<string, string>> = {
  'delete personal data': '/docs/personal-data#erase',
  'webhok signatur': webhookSignature,
  retry: safePost,
  'duplicate events': '/docs/webhooks#receive',
  ordering: '/docs/webhooks#keep-the-order',
  'order of events': '/docs/webhooks#keep-the-order',
  idempotent: safePost,
  undelete: '/docs/documents#delete-and-restore',
  cors: '/docs/browsers',
  backup: '/docs/backup',
  postgres: '/docs/self-hosting#postgresql',
  nginx: '/docs/self-hosting#a-proxy-with-tls',
  systemd: '/docs/self-hosting#one-machine',
  proxy: '/docs/configuration#behind-a-proxy',
  permissions: '/docs/users#roles',
  timeouts: '/docs/configuration#comserv_webhook_timeout_seconds',
  'webhook not arriving': '/docs/webhooks#when-your-receiver-fails',
  'delete document': '/docs/documents#delete-and-restore',
  oldest_due: '/docs/metrics#what-is-measured',
}

/** Misspelled, what is meant comes first as if it were not. */
const misspelled: Readonly<Record<string, string>> = {
  webhoook: 'webhook',
  pagnation: 'pagination',
  authentification: 'authentication',
  'idempotancy-key': 'idempotency-key',
  documnets: 'documents',
  roation: 'rotation',
  'rate limt': 'rate limit',
  promethues: 'prometheus',
}

suite('the search of the documentation', () => {
  test('finds what people look for first', () => {
    const wrong = Object.entries(first).filter(([query, to]) => found(query)[0] !== to)
    assert.deepEqual(
      wrong.map(([query, to]) => `${query}: ${to}, but ${found(query).slice(0, 3).join(' ')}`),
      [],
    )
  })

  test('finds a good place among the first three where several are good', () => {
    const wrong = Object.entries(amongThree).filter(([query, to]) => !found(query).slice(0, 3).includes(to))
    assert.deepEqual(
      wrong.map(([query, to]) => `${query}: ${to}, but ${found(query).slice(0, 5).join(' ')}`),
      [],
    )
  })

  test('every place that it leads to exists', () => {
    const places = new Set(entries.map(({ to }) => to))
    assert.equal(places.size, entries.length)
    for (const to of [...Object.values(first), ...Object.values(amongThree)]) assert.ok(places.has(to), to)
  })

  test('finds misspelled words, also of synonyms, and guesses nothing for short ones', () => {
    for (const [query, right] of Object.entries(misspelled))
      assert.equal(found(query)[0], found(right)[0], query)
    assert.deepEqual(found('xqz'), [])
    // What it has read for the query is what is marked.
    assert.ok(find(entries, 'webhoook')[0]?.words.some((word) => word.startsWith('webhook')))
  })

  test('finds words while they are typed', () => {
    assert.equal(found('idempoten')[0], '/docs/idempotency-and-concurrency#repeat-a-post-idempotency-key')
    assert.equal(found('prometh')[0], '/docs/metrics')
  })

  test('finds sections with all words, otherwise those with most of them', () => {
    assert.deepEqual(found('   '), [])
    assert.deepEqual(found('???'), [])
    assert.deepEqual(found('xyzzy'), [])
    assert.deepEqual(found('webhooks xyzzy plugh'), [])
    const [hit] = find(entries, 'signature xyzzyplugh')
    assert.equal(hit?.isWhole, false)
    assert.equal(find(entries, 'verify the signature')[0]?.isWhole, true)
  })

  test('shows the text around a match', () => {
    assert.match(find(entries, 'oldest_due')[0]?.excerpt ?? '', /oldest_due/)
    assert.match(find(entries, 'swagger')[0]?.excerpt ?? '', /OpenAPI/)
  })

  test('knows the endings of words, and that a stem begins its word', () => {
    for (const words of [
      ['retry', 'retries', 'retrying', 'retried'],
      ['rotate', 'rotates', 'rotated', 'rotating', 'rotation'],
      ['verify', 'verifies', 'verified', 'verification'],
      ['status', 'statuses'],
      ['key', 'keys'],
      ['stop', 'stopped', 'stops'],
      ['proxy', 'proxies'],
      ['change', 'changes', 'changing'],
    ]) {
      assert.equal(new Set(words.map(stemOf)).size, 1, `${words} → ${words.map(stemOf)}`)
      for (const word of words) assert.ok(word.startsWith(stemOf(word)), word)
    }
    // Where nothing is left, or another word would be, it stays.
    for (const word of ['https', 'string', 'need', 'redis', 'core', '2023', 'straße', 'last_login'])
      assert.equal(stemOf(word), word)
  })
})
