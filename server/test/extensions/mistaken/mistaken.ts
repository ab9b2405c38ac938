import { extension } from 'comserv-server/extension'

const soon = () =>
  setTimeout(() => {
    throw new Error('in a timer')
  }, 1)

// Begun while the module is loaded, when nothing says of whom it is but the stack.
let isAsked = false
const waiting = setInterval(() => {
  if (!isAsked) return
  clearInterval(waiting)
  throw new Error('in a timer of the module')
}, 20).unref()

async function neverReturns() {
  await Promise.resolve()
  for (let n = 0; ; n++) if (n === 0) setTimeout(() => undefined)
}

/** Makes the mistakes that end a process. */
export default extension({
  name: 'mistaken',
  permissions: ['documents:read'],
  before: {
    'category.create'({ input }) {
      if (input.name === 'before') soon()
    },
  },
  on: {
    async 'category.created'({ event, api, attempt }) {
      if (event.data.name === 'endless' && attempt < 2) await neverReturns()
      if (event.data.name === 'after') {
        await api.get('/api/v1/documents')
        soon()
      }
      if (event.data.name === 'poison' && attempt < 3) process.exit(9)
    },
  },
  routes(app) {
    app.get('/rejected', { access: 'public', summary: 'Leave a promise' }, () => {
      isAsked = true
      void Promise.reject(new Error('in a promise'))
      return { left: true }
    })
    app.get('/endless', { access: 'public', summary: 'Never return' }, () => neverReturns())
  },
})
