import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Json } from './harness.ts'

/** What a test makes wrong. */
export interface Fault {
  origin?: string
  rpId?: string
  challenge?: string
  /** Without a fingerprint or a PIN. */
  isUnverified?: boolean
  crossOrigin?: boolean
  /** Signed with another key. */
  isForged?: boolean
  type?: string
}

/** A device that makes passkeys and uses them, as a browser passes on what it says. */
export class Authenticator {
  readonly #origin: string
  /** Of the next use. Devices of many makers send 0 each time. */
  counter = 0
  constructor(origin: string) {
    this.#origin = origin
  }

  /** @param options as the server sent them */
  create(options: Json, fault: Fault = {}, format: 'none' | 'certified' = 'none'): Passkey {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const id = randomBytes(32)
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' }) as { x?: string; y?: string }
    const key = cborMap([
      [cborInt(1), cborInt(2)],
      [cborInt(3), cborInt(-7)],
      [cborInt(-1), cborInt(1)],
      [cborInt(-2), cborBytes(Buffer.from(x, 'base64url'))],
      [cborInt(-3), cborBytes(Buffer.from(y, 'base64url'))],
    ])
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const data = Buffer.concat([
      this.#authenticatorData(options.rp.id, 0x40, fault),
      Buffer.alloc(16),
      length,
      id,
      key,
    ])
    const certificates = [cborText('x5c'), cborArray([cborBytes(randomBytes(40))])] as const
    const statement = [
      [cborText('alg'), cborInt(-7)],
      [cborText('sig'), cborBytes(randomBytes(70))],
      certificates,
    ] as const
    const attestationObject = cborMap([
      [cborText('fmt'), cborText(format === 'none' ? 'none' : 'packed')],
      [cborText('attStmt'), cborMap(format === 'none' ? [] : statement)],
      [cborText('authData'), cborBytes(data)],
    ])
    const response = {
      clientDataJSON: this.#clientData('webauthn.create', options.challenge, fault).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    }
    return {
      id: id.toString('base64url'),
      userHandle: options.user.id,
      privateKey,
      made: framed(id, response),
    }
  }

  use({ id, userHandle, privateKey }: Passkey, options: Json, fault: Fault = {}): Json {
    const data = this.#authenticatorData(options.rpId, 0, fault)
    const clientData = this.#clientData('webauthn.get', options.challenge, fault)
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()])
    const key = fault.isForged ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey : privateKey
    return framed(Buffer.from(id, 'base64url'), {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', signed, key).toString('base64url'),
      userHandle,
    })
  }

  #authenticatorData(rpId: string, flags: number, fault: Fault): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const present = fault.isUnverified ? 0x01 : 0x05
    return Buffer.concat([
      createHash('sha256')
        .update(fault.rpId ?? rpId)
        .digest(),
      Buffer.from([present | flags]),
      counter,
    ])
  }

  #clientData(type: string, challenge: string, fault: Fault): Buffer {
    const said = { type: fault.type ?? type, challenge: fault.challenge ?? challenge }
    const where = { origin: fault.origin ?? this.#origin, crossOrigin: fault.crossOrigin ?? false }
    return Buffer.from(JSON.stringify({ ...said, ...where }))
  }
}

export interface Passkey {
  id: string
  userHandle: string
  privateKey: KeyObject
  /** What registers it. */
  made: Json
}

function framed(id: Buffer, response: object): Json {
  const text = id.toString('base64url')
  return { id: text, rawId: text, type: 'public-key', response, clientExtensionResults: {} }
}

/** As much of CBOR (RFC 8949) as passkeys are written in. */
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value])
  if (value < 256) return Buffer.from([(major << 5) | 24, value])
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255])
}
const cborInt = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
const cborBytes = (bytes: Buffer) => Buffer.concat([head(2, bytes.length), bytes])
const cborText = (text: string) => Buffer.concat([head(3, Buffer.byteLength(text)), Buffer.from(text)])
const cborArray = (items: readonly Buffer[]) => Buffer.concat([head(4, items.length), ...items])
function cborMap(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()])
}
