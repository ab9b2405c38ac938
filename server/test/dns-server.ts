import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'

type Question = { name: string; type: 'A' | 'AAAA' }
/** Addresses of both families (only those that were asked for are sent), no such name, or no answer at all. */
type DnsAnswer = readonly string[] | 'unknown' | 'silence'

const typeCodes = { A: 1, AAAA: 28 } as const

/** A DNS server (RFC 1035) on a free UDP port of the loopback, just large enough to answer with addresses. */
export async function startDnsServer(answer: (question: Question) => DnsAnswer) {
  const socket = createSocket('udp4')
  const questions: Question[] = []
  socket.on('message', (message, { port, address }) => {
    const { question, bytes } = questionOf(message)
    questions.push(question)
    const found = answer(question)
    if (found === 'silence') return
    const addresses = found === 'unknown' ? [] : found
    const records = addresses
      .filter((text) => isIPv4(text) === (question.type === 'A'))
      .map((text) => recordOf(question.type, text))
    const header = Buffer.alloc(12)
    message.copy(header, 0, 0, 2)
    header.writeUInt16BE(found === 'unknown' ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(records.length, 6)
    socket.send(Buffer.concat([header, bytes, ...records]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    stop: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

function questionOf(message: Buffer): { question: Question; bytes: Buffer } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = message.readUInt16BE(at + 1) === typeCodes.AAAA ? 'AAAA' : 'A'
  return { question: { name: labels.join('.').toLowerCase(), type }, bytes: message.subarray(12, at + 5) }
}

/** Points at the name of the question; class IN, and a lifetime of zero. */
function recordOf(type: Question['type'], address: string): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : bytesOfIPv6(address)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(typeCodes[type], 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([record, data])
}

function bytesOfIPv6(address: string): Buffer {
  const [head = [], tail = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  const groups = [...head, ...zeros, ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
