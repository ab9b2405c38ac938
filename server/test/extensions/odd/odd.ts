import { ApiError, extension, Type } from 'comserv-server/extension'

/** What tests ask of it, by the name of a category. */
const asked: Record<
  string,
  (intended: { input: Record<string, unknown>; refuse(sentence: string): never }) => unknown
> = {
  loop() {
    for (;;);
  },
  throw() {
    throw new Error('the secret cause')
  },
  wait: () => Promise.resolve(),
  meddle({ input }) {
    input.unknown = true
  },
  refuse: ({ refuse }) => refuse('Not this\none.'),
  caught({ refuse }) {
    try {
      refuse('Refused all the same.')
    } catch {
      // A function may not take it back.
    }
  },
  'refuse an object': ({ refuse }) => refuse({ a: 1 } as never),
  change({ input }) {
    input.description = 'changed'
  },
}

let failures = 0

export default extension({
  name: 'odd',
  about: 'Does what extensions may do wrong',
  permissions: ['documents:write', 'documents:read'],
  scopes: { audit: 'Read odd things' },
  settings: Type.Object({
    greeting: Type.String({ default: 'Hello' }),
    retriesMax: Type.Integer({ default: 1 }),
  }),
  before: {
    'category.create'(intended) {
      return asked[intended.input.name]?.(intended) as undefined
    },
    'category.delete'({ record, refuse }) {
      if (record.name === 'kept') refuse('It has to stay.')
    },
    'user.create'({ input, refuse }) {
      if ('password' in input) refuse('The password was told.')
      if (input.username === 'meddled') input.password = 'another password of theirs'
      input.profile = { ...input.profile, bio: 'made by an extension' }
    },
    'user.update'({ input, record, refuse }) {
      if (input.status === 'suspended' && record.username === 'boss') refuse('Never the boss.')
    },
    'document.publish'({ record, input, refuse }) {
      if ((input.title ?? record?.title) === 'unready') refuse('It is not ready.')
    },
  },
  on: {
    async 'category.created'({ event, attempt, api, settings, log }) {
      if (event.data.name.startsWith('fails always')) throw new Error('as ever')
      if (event.data.name === 'later' && attempt <= settings.retriesMax) {
        failures++
        throw new Error(`failed ${failures} times`)
      }
      if (event.data.name !== 'later' && event.data.name !== 'greeted') return
      const title = `${settings.greeting}, ${event.data.name}`
      await api.post('/api/v1/documents', { title }, { idempotencyKey: `${event.id}` })
      await api.post('/api/v1/documents', { title }, { idempotencyKey: `${event.id}` })
      // Beyond its permissions.
      const error = await api.get('/api/v1/users').catch((refused: unknown) => refused)
      log.info(
        { status: (error as ApiError).status, isApiError: error instanceof ApiError },
        'asked for users',
      )
    },
    'document.updated'({ event, log }) {
      if (event.previous?.title) log.info({ previous: event.previous }, 'replaced')
    },
  },
  routes(app) {
    const word = { summary: 'Say a word', params: Type.Object({ word: Type.String({ maxLength: 5 }) }) }
    app.get('/words/:word', { ...word, access: 'x.odd.audit' }, ({ params, actor, refuse, settings }) => {
      if (params.word === 'none') refuse('There is no such word.', 404)
      if (params.word === 'boom') throw new Error('a secret')
      if (params.word === 'tea') refuse('It is a teapot.', 418 as 400)
      if (params.word === 'what') refuse({ a: 1 } as never)
      if (params.word === 'big') return { count: 1n }
      if (params.word === 'cycle') {
        const cycle: { self?: object } = {}
        cycle.self = cycle
        return cycle
      }
      return { word: params.word, greeting: settings.greeting, by: actor?.name }
    })
    const body = Type.Object({ count: Type.Integer() }, { additionalProperties: false })
    const response = Type.Object({ count: Type.Integer() })
    app.post('/', { access: 'public', summary: 'Count', body, response, status: 201 }, ({ body, actor }) => {
      return { count: body.count + 1, secret: 'left out by the schema', actor }
    })
    app.delete('/', { access: 'signed-in', summary: 'Forget' }, () => undefined)
  },
  tasks: [
    {
      name: 'count',
      cron: '*/10 * * * *',
      async run({ api, log }) {
        const { meta } = await api.get('/api/v1/documents', { limit: 1 })
        log.info({ documents: meta.total_count }, 'counted')
        if (meta.total_count === 0) throw new Error('nothing to count')
      },
    },
  ],
})
