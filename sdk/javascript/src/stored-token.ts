import { ConfigurationError } from './errors.ts'
import type { ClientCredentials } from './options.ts'
import { utf8 } from './webhook-signature.ts'

/**
 * Keeps tokens where other processes find them, so that not each of them fetches one. An entry holds an access token and
 * is signed: keep it as private as the client secret. Both functions may return a promise.
 */
export interface TokenStore {
  /** @returns the entry that was written under this name last; anything but a string means that there is none */
  get(name: string): unknown
  /** @param seconds how long the entry is of use */
  set(name: string, entry: string, seconds: number): unknown
}

/** The token of one client in a store. */
export interface StoredToken {
  read(nowMs: number): Promise<{ token: string; renewAtMs: number } | undefined>
  write(token: string, renewAtMs: number, nowMs: number): Promise<void>
}

/** A store that takes longer is passed over, like one that fails. */
const storeTimeoutMs = 5_000

/**
 * Name and signature come from the client secret: who does not know it finds no token there, and can plant none. The
 * clients in other languages write the same entries. Whatever else the store holds is passed over: the token is fetched.
 */
export function storedToken(
  store: TokenStore,
  { clientId, clientSecret, scope = '' }: ClientCredentials,
  baseUrl: string,
): StoredToken {
  const scopes = [...new Set(scope.split(' ').filter(Boolean))].sort().join(' ')
  const named = async () =>
    `comserv.token.${(await signed(clientSecret, ['name', baseUrl, clientId, scopes])).slice(0, 40)}`
  const signatureOf = (name: string, token: string, renewAt: number) =>
    signed(clientSecret, ['entry', name, renewAt, token])

  async function read(nowMs: number) {
    const name = await named()
    const entry = await inTime(store.get(name))
    const [, signature, seconds, token] =
      /^([0-9a-f]{64}) (\d{1,12}) ([\x21-\x7e]+)$/.exec(typeof entry === 'string' ? entry : '') ?? []
    if (signature === undefined || seconds === undefined || token === undefined) return undefined
    const renewAtMs = Number(seconds) * 1_000
    const isOurs = isSame(await signatureOf(name, token, Number(seconds)), signature)
    return isOurs && renewAtMs > nowMs ? { token, renewAtMs } : undefined
  }

  async function write(token: string, renewAtMs: number, nowMs: number) {
    const renewAt = Math.floor(renewAtMs / 1_000)
    const seconds = renewAt - Math.ceil(nowMs / 1_000)
    if (seconds <= 0) return
    const name = await named()
    await inTime(store.set(name, `${await signatureOf(name, token, renewAt)} ${renewAt} ${token}`, seconds))
  }

  return {
    read: (nowMs) => read(nowMs).catch(() => undefined),
    write: (token, renewAtMs, nowMs) => write(token, renewAtMs, nowMs).catch(() => {}),
  }
}

/** @throws ConfigurationError */
export function checkedStore(store: TokenStore | null | undefined): TokenStore | undefined {
  if (store === undefined || store === null) return undefined
  if (typeof store.get === 'function' && typeof store.set === 'function') return store
  throw new ConfigurationError('tokenStore must be an object with the functions get and set.')
}

async function signed(secret: string, parts: readonly (string | number)[]): Promise<string> {
  const { subtle } = globalThis.crypto
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.importKey('raw', new TextEncoder().encode(secret), algorithm, false, ['sign'])
  const bytes = await subtle.sign('HMAC', key, utf8(parts.join('\n')) as Uint8Array<ArrayBuffer>)
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** In the same time wherever they differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let i = 0; i < one.length; i++) difference |= one.charCodeAt(i) ^ other.charCodeAt(i)
  return difference === 0
}

async function inTime(result: unknown): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, storeTimeoutMs)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}
