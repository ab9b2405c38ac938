import { extension, Type } from 'comserv-server/extension'

export default extension({
  name: 'notifier',
  about: 'Tells a channel of Slack, Mattermost or the like what was published',
  permissions: ['users:read'],
  settings: Type.Object({
    url: Type.Optional(
      Type.String({
        pattern: '^https?://',
        description: 'Incoming webhook of the channel; nothing is told without',
      }),
    ),
  }),
  on: {
    async 'document.published'({ event, api, fetch, log, settings }) {
      if (!settings.url) return
      const { id, title, author_id } = event.data
      // The system account and deleted users have no name to show.
      const author = await api.get(`/api/v1/users/${author_id}`).catch(() => undefined)
      const text = `${author?.username ?? 'Comserv'} published “${title}” (document ${id})`
      const response = await fetch(settings.url, { method: 'POST', body: JSON.stringify({ text }) })
      // An error is retried like a delivery: soon at first, then less and less often.
      if (!response.ok) throw new Error(`The channel responded with ${response.status}.`)
      log.info({ document: id }, 'the channel was told')
    },
  },
})
