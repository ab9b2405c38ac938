import { createServer, request } from 'node:http'

/**
 * A small proxy over several servers: in turns, without those that do not respond, and with a body that flows. It has no
 * TLS; put one that has in its place, or in front of it.
 */
const { PORT = '8080', HOST = '0.0.0.0', UPSTREAMS = '' } = process.env
const restMs = 2_000
const upstreams = UPSTREAMS.split(',')
  .map((each) => each.trim().split(':'))
  .map(([host = '', port = '']) => ({ host, port: Number(port), restsUntil: 0 }))
if (upstreams.some(({ host, port }) => host === '' || !(port > 0))) {
  process.stderr.write('UPSTREAMS must list servers as host:port, separated by commas.\n')
  process.exit(2)
}

let turn = 0
function inOrder() {
  const all = upstreams.map((_, i) => upstreams[(turn + i) % upstreams.length])
  turn = (turn + 1) % upstreams.length
  const now = Date.now()
  return [...all.filter((one) => one.restsUntil <= now), ...all.filter((one) => one.restsUntil > now)]
}

function pass(incoming, outgoing, left) {
  const [upstream, ...others] = left
  const { host, port } = upstream
  const forwarded = [incoming.headers['x-forwarded-for'], incoming.socket.remoteAddress].filter(Boolean)
  const headers = {
    'x-forwarded-proto': 'http',
    ...incoming.headers,
    'x-forwarded-for': forwarded.join(', '),
  }
  const passing = request({ host, port, method: incoming.method, path: incoming.url, headers })
  let isConnected = false
  passing.on('socket', (socket) => {
    if (socket.connecting) socket.once('connect', () => begin())
    else begin()
  })
  // Nothing of the body is taken before there is a server for it, so that the next one can be asked.
  function begin() {
    isConnected = true
    incoming.pipe(passing)
  }
  passing.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    response.pipe(outgoing)
    response.on('error', () => outgoing.destroy())
  })
  passing.on('error', () => {
    upstream.restsUntil = Date.now() + restMs
    if (outgoing.headersSent) return outgoing.destroy()
    if (!isConnected && others.length > 0) return pass(incoming, outgoing, others)
    outgoing.writeHead(502, { 'content-type': 'application/json', 'retry-after': '2' })
    outgoing.end('{"error":{"code":"bad_gateway","message":"No server responds"}}')
  })
  outgoing.on('close', () => passing.destroy())
}

const server = createServer((incoming, outgoing) => pass(incoming, outgoing, inOrder()))
server.listen(Number(PORT), HOST, () => process.stderr.write(`The proxy is ready on port ${PORT}\n`))
for (const signal of ['SIGTERM', 'SIGINT'])
  process.on(signal, () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
    setTimeout(() => process.exit(0), 10_000).unref()
  })
