import { type Config, httpAddress } from '../config/decide.ts'

/** Where the test receivers of this server are; the rest of the path is the token of one. */
export const testReceiverPath = '/test-receiver/'
export const testReceiverTokenLength = 32
/** In the response where a test receiver was: a status alone may be what a test receiver responds with. */
export const deletedReceiverHeader = 'x-test-receiver-deleted'

export function isTestReceiverToken(text: string): boolean {
  return text.length === testReceiverTokenLength && /^[0-9A-Za-z]+$/.test(text)
}

/** Where a request to this server itself is sent, over http: its public address need not lead back to it. */
export interface OwnAddress {
  host: string
  port: string
  path: string
}

/**
 * Tells the URLs of the server's test receivers, which are sent to the port on which this process listens. Nothing else of
 * the server can be reached in this way: the URL has to be the whole address of a receiver.
 */
export function ownReceivers({ publicUrl, host, port }: Pick<Config, 'publicUrl' | 'host' | 'port'>) {
  const prefix = publicUrl + testReceiverPath
  const listener = new URL(httpAddress(host, port))
  return (url: string): OwnAddress | undefined => {
    const token = url.startsWith(prefix) ? url.slice(prefix.length) : ''
    if (!isTestReceiverToken(token)) return undefined
    const { hostname } = listener
    return {
      host: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
      port: String(port),
      path: testReceiverPath + token,
    }
  }
}
