import type { Fetch } from '../src/index.ts'

export interface Seen {
  method: string
  /** With the query. */
  path: string
  headers: Headers
  status: number
}

/** The platform's fetch, writing down what went over it. */
export function recorded(): { fetch: Fetch; seen: Seen[]; of(path: string): Seen[] } {
  const seen: Seen[] = []
  return {
    seen,
    of: (path) => seen.filter((one) => one.path.split('?')[0] === path),
    async fetch(url, init) {
      const { pathname, search } = new URL(url)
      const response = await fetch(url, init)
      seen.push({
        method: init.method ?? 'GET',
        path: pathname + search,
        headers: new Headers(init.headers),
        status: response.status,
      })
      return response
    },
  }
}

/** A browser's part in a session: it keeps the cookie, sends it along where it may, and says which page asks. */
export class Browser {
  #cookies = new Map<string, string>()

  readonly fetch: Fetch = async (url, init) => {
    const headers = new Headers(init.headers)
    headers.set('sec-fetch-site', 'same-origin')
    if (init.method !== 'GET') headers.set('origin', new URL(url).origin)
    if (init.credentials === 'same-origin') headers.set('cookie', this.cookie)
    const response = await fetch(url, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? []
      this.#cookies.set(name, value)
    }
    return response
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}
