import { extension } from 'comserv-server/extension'

/** Makes a document of every category, and fails at every third event the first time. */
export default extension({
  name: 'copies',
  permissions: ['documents:write'],
  on: {
    async 'category.created'({ event, attempt, api }) {
      if (event.id % 3 === 0 && attempt === 1) throw new Error('not the first time')
      await api.post('/api/v1/documents', { title: event.data.name }, { idempotencyKey: `${event.id}` })
    },
  },
})
