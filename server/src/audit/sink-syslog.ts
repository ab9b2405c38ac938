import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, isIPv6, type Socket } from 'node:net'
import { hostname } from 'node:os'
import type { SinkLine, SinkWriter } from './sink.ts'

/** RFC 5424 §6.2.1: facility 13, log audit; severity 6, informational. */
const priority = 13 * 8 + 6
/** RFC 5424 §6.1 asks receivers for 2,048; most take 8 KB. What is longer loses `before` and `after`. */
const datagramBytesMax = 8_000

/** Less than the sink waits. */
const timeoutMs = 8_000

/** One message per datagram (RFC 5426). Nothing tells whether it arrived; the numbers of the rows show a gap. */
export function udpSink(host: string, port: number): SinkWriter {
  let socket: DatagramSocket | undefined
  return {
    async write(lines) {
      socket ??= opened(host)
      const from = socket
      for (const line of lines) {
        const whole = messageOf(line)
        const fits = whole.length <= datagramBytesMax
        const short = { ...line, record: { ...line.record, before: null, after: null, truncated: true } }
        const message = fits ? whole : messageOf(short)
        await new Promise<void>((resolve, reject) => {
          from.send(message, port, host, (error) => (error ? reject(error) : resolve()))
        })
      }
    },
    async close() {
      socket?.close()
    },
  }
}

function opened(host: string): DatagramSocket {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  // Each message tells its own failure.
  socket.on('error', () => {})
  return socket.unref()
}

/** Messages on a stream, each with its length before it (RFC 6587 §3.4.1). */
export function streamSink(to: { host: string; port: number } | { path: string }): SinkWriter {
  let socket: Socket | undefined

  async function connected(): Promise<Socket> {
    if (socket && !socket.destroyed && socket.writable) return socket
    const fresh = connect(to)
    socket = fresh
    // A receiver sends nothing; reading is how its end is noticed.
    fresh.resume().on('error', () => {})
    fresh.unref()
    await once(fresh, 'connect')
    return fresh
  }

  return {
    async write(lines) {
      const overdue = setTimeout(() => socket?.destroy(new Error('the receiver does not respond')), timeoutMs)
      try {
        await sendAll(await connected(), Buffer.concat(lines.map(framed)))
      } catch (error) {
        socket?.destroy()
        throw error
      } finally {
        clearTimeout(overdue)
      }
    },
    async close() {
      socket?.destroy()
    },
  }
}

function sendAll(into: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error('the receiver closed the connection'))
    into.once('close', closed)
    into.write(bytes, (error) => {
      into.off('close', closed)
      if (error) reject(error)
      else resolve()
    })
  })
}

function framed(line: SinkLine): Buffer {
  const message = messageOf(line)
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

function messageOf({ seq, hash, at, record }: SinkLine): Buffer {
  const header = `<${priority}>1 ${at} ${printable(hostname())} comserv ${process.pid} audit`
  // The number of examples (RFC 5612), as nobody but the reader of these lines interprets the names.
  const data = `[comserv@32473 seq="${seq}" hash="${hash}"]`
  return Buffer.from(`${header} ${data} \uFEFF${JSON.stringify({ seq, hash, ...record })}`)
}

function printable(name: string): string {
  return name.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 255) || '-'
}
