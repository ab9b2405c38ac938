import { connect, type Socket } from 'node:net'

export interface LoadTask {
  port: number
  /** Whole requests, sent in turn. */
  requests: string[]
  connections: number
  seconds: number
  /** Before anything is counted. */
  warmUpSeconds: number
}

export interface LoadReport {
  perSecond: number
  /** In all, also while it warmed up. */
  answered: number
}

/**
 * A child process: keep-alive connections with one request at a time on each. Written on plain sockets because an HTTP
 * client costs more than a bare HTTP server, and would be what is measured.
 */
process.on('message', (task: LoadTask) => {
  run(task).then(
    (report) => process.send?.(report),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit())

async function run({ port, requests, connections, seconds, warmUpSeconds }: LoadTask): Promise<LoadReport> {
  const wire = requests.map((request) => Buffer.from(request))
  let answered = 0
  let sent = 0
  let failure: Error | undefined
  const next = () => wire[sent++ % wire.length] ?? Buffer.alloc(0)
  const fail = (error: Error) => {
    failure ??= error
  }
  const sockets = Array.from({ length: connections }, () =>
    openConnection(port, next, () => answered++, fail),
  )
  const rest = stayAwake()
  await sleep(warmUpSeconds)
  const [before, startedMs] = [answered, performance.now()]
  await sleep(seconds)
  const [after, elapsedMs] = [answered, performance.now() - startedMs]
  rest()
  for (const socket of sockets) socket.destroy()
  if (failure) throw failure
  if (after === before) throw new Error('Nothing was answered.')
  return { perSecond: ((after - before) / elapsedMs) * 1_000, answered }
}

/**
 * Keeps this process from sleeping between two answers: to wake it costs the server that answers up to a quarter of its
 * time on a virtual machine, and only the one that is slow enough to let it fall asleep.
 */
function stayAwake(): () => void {
  let turn = setImmediate(again)
  function again() {
    turn = setImmediate(again)
  }
  return () => clearImmediate(turn)
}

function openConnection(
  port: number,
  next: () => Buffer,
  onAnswer: () => void,
  fail: (error: Error) => void,
): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(next()))
  let received: Buffer | undefined
  socket.on('data', (chunk: Buffer) => {
    received = received ? Buffer.concat([received, chunk]) : chunk
    const size = answerSize(received)
    if (size === undefined || received.length < size) return
    if (received.length > size || received[9] !== twoHundreds) {
      fail(new Error(`An answer that was not expected:\n${received.toString('utf8', 0, 1_000)}`))
      socket.destroy()
      return
    }
    received = undefined
    onAnswer()
    socket.write(next())
  })
  socket.on('error', fail)
  return socket
}

/** The `2` that the status of a success begins with, after `HTTP/1.1 `. */
const twoHundreds = 50

const lastChunk = '0\r\n\r\n'

/** Head and body together; undefined while the head is not complete. */
function answerSize(received: Buffer): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const head = received.toString('latin1', 0, headEnd)
  if (/\r\ntransfer-encoding: chunked/i.test(head))
    return received
      .subarray(headEnd + 4)
      .toString('latin1')
      .endsWith(lastChunk)
      ? received.length
      : undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  return headEnd + 4 + Number(length ?? 0)
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}
