import { randomBytes } from 'node:crypto'
import { ApiError, type ExtensionApi } from '../extension/declaration.ts'
import type { App } from '../http/pipeline.ts'
import { inServer } from './mistakes.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * The API for extensions: requests take the way of every other, with the credential of the extension, but for the network
 * and the rate limit.
 */
export class Inside {
  #app: (() => App) | undefined
  /** Tokens of this process, which no response or log holds, each with the name of its extension. */
  readonly #tokens = new Map<string, string>()
  readonly #credentials = new Map<string, string>()

  /** @param app called when the first request is made */
  connect(app: () => App): void {
    this.#app = app
  }

  /** @param clientId of the credential with which the extension acts */
  use(name: string, clientId: string): void {
    this.#credentials.set(name, clientId)
  }

  /** The credential that a token of this process stands for. */
  clientIdOf(token: string): string | undefined {
    const name = this.#tokens.get(token)
    return name === undefined ? undefined : this.#credentials.get(name)
  }

  apiOf(name: string): ExtensionApi {
    const token = `inside-${randomBytes(32).toString('base64url')}`
    this.#tokens.set(token, name)
    const call = async (
      method: Method,
      path: string,
      more: { query?: object; body?: object; headers?: object },
    ) => {
      if (!this.#credentials.has(name))
        throw new Error(
          `The extension '${name}' declares neither permissions nor scopes, so it may not call the API. Add permissions: ['documents:read'], for example.`,
        )
      if (!path.startsWith('/api/v1/')) throw new Error(`A path of the API begins with /api/v1/: ${path}`)
      if (!this.#app)
        throw new Error('The server is not ready yet: call the API in functions, not while loading.')
      const app = this.#app
      const response = await inServer(() =>
        app().inject({
          method,
          url: path,
          ...(more.query ? { query: textsOf(more.query) } : {}),
          ...(more.body ? { payload: more.body } : {}),
          headers: { ...more.headers, authorization: `Bearer ${token}` },
        }),
      )
      const json = response.body === '' ? undefined : response.json()
      if (response.statusCode < 300) return json
      throw new ApiError(
        response.statusCode,
        json?.error ?? { code: '', message: response.body, details: '' },
      )
    }
    const headersOf = ({ idempotencyKey, ifMatch }: { idempotencyKey?: string; ifMatch?: string } = {}) => ({
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': `${name}-${idempotencyKey}` }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    })
    return {
      get: (path, query) => call('GET', path, { ...(query ? { query } : {}) }),
      post: (path, body, options) =>
        call('POST', path, { ...(body ? { body } : {}), headers: headersOf(options) }),
      patch: (path, body, options) => call('PATCH', path, { body, headers: headersOf(options) }),
      delete: (path, options) => call('DELETE', path, { headers: headersOf(options) }),
    }
  }
}

function textsOf(query: object): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]))
}
