import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { verifyWebhook, WebhookVerificationError } from 'comserv'

// WEBHOOK_SECRET=whsec_… PORT=4000 node receive-webhook.js
const secret = process.env.WEBHOOK_SECRET
const seen = new Set()

const server = createServer(async (request, response) => {
  try {
    const event = await verifyWebhook(await buffer(request), request.headers, secret)
    // An event may arrive more than once; its id stays the same. A real receiver remembers it in its database.
    if (!seen.has(event.id)) handle(event)
    seen.add(event.id)
    response.writeHead(204).end()
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error
    console.log(`refused: ${error.check}`)
    response.writeHead(400).end()
  }
})

server.listen(Number(process.env.PORT ?? 4000), '127.0.0.1', () => console.log('listening'))

function handle(event) {
  switch (event.event) {
    case 'user.created':
      return console.log(`welcome, ${event.data.username}`)
    case 'document.published':
      return console.log(`published: ${event.data.title}`)
    default:
      return console.log(event.event)
  }
}
