import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Comserv, ConfigurationError, verifyWebhook } from '../src/index.ts'
import { json, startStrangeServer } from './strange-server.ts'

/** Nothing but a text is taken for a secret, at construction and in every call that takes one, whatever the types say. */
const value = 'kept-out-of-every-message'
// biome-ignore lint/suspicious/noExplicitAny: what a program without types may hand over
const noTexts: [name: string, value: any][] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['a number', 12345678],
  ['NaN', Number.NaN],
  ['empty', ''],
  ['bytes', new TextEncoder().encode(value)],
  ['a list', [value]],
  ['an object', { secret: value }],
]

function isRefusal(error: unknown): boolean {
  assert.ok(error instanceof ConfigurationError, `${error}`)
  assert.ok(!`${error.stack}`.includes(value))
  return true
}

for (const [name, given] of noTexts) {
  describe(name, () => {
    test('makes no client', () => {
      const baseUrl = 'https://comserv.example.org'
      for (const options of [
        { apiKey: given },
        { clientId: 'id', clientSecret: given },
        { clientId: given, clientSecret: 'secret' },
      ])
        assert.throws(() => new Comserv({ baseUrl, ...options }), isRefusal)
    })

    test('is sent by no call', async () => {
      const { url: baseUrl, requests } = await startStrangeServer(json(200, {}))
      const client = new Comserv({ baseUrl, clientId: 'id', clientSecret: 'secret' })
      const keyed = new Comserv({ baseUrl, apiKey: 'key' })
      const calls: (() => Promise<unknown>)[] = [
        async () => client.oauth.revokeToken(given),
        async () => client.oauth.introspectToken(given),
      ]
      // What is undefined is not given, and the server says what is missing.
      if (given !== undefined) {
        const user = { username: 'ada', email: 'ada@example.org', password: given }
        calls.push(
          async () => keyed.users.create(user),
          async () => keyed.users.update(1, { password: given }),
          async () => keyed.users.batch([{ action: 'create', data: user }]),
          async () =>
            keyed.webhooks.create({
              url: 'https://receiver.example',
              events: ['user.created'],
              secret: given,
            }),
          async () => keyed.me.changePassword({ current_password: given, new_password: 'another one' }),
          async () => keyed.me.changePassword({ current_password: 'this one', new_password: given }),
          async () => keyed.session.signIn({ username: 'ada', password: given }),
          async () => keyed.setup.create({ ...user, token: given }),
        )
      }
      for (const call of calls) await assert.rejects(call, isRefusal)
      assert.deepEqual(requests, [])
    })

    test('is no body and no headers of a delivery', async () => {
      const isBody = typeof given === 'string' || ArrayBuffer.isView(given)
      if (!isBody) await assert.rejects(verifyWebhook(given, {}, 'a secret'), isRefusal)
      const areHeaders = typeof given === 'object' && given !== null
      if (!areHeaders) await assert.rejects(verifyWebhook('', given, 'a secret'), isRefusal)
    })
  })
}

test('a tolerance that is no number lets nothing pass', async () => {
  for (const toleranceSeconds of [Number.NaN, -1])
    await assert.rejects(verifyWebhook('', {}, 'a secret', { toleranceSeconds }), ConfigurationError)
})
