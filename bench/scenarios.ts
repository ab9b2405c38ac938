import { categories, contentOf, type Seeded, statuses } from './seed.ts'

/** One kind of call, and the share of a bare server's rate that it should reach. */
export interface Scenario {
  name: string
  /** At least this ratio. */
  goal: number
  /** Whole requests as they go over the wire, sent in turn. */
  requests: string[]
}

const differentRequests = 500
const pages = 20

export function scenarios({ rows, credential, token }: Seeded & { token: string }): Scenario[] {
  const byKey = { 'x-api-key': credential.secret }
  const ids = Array.from({ length: differentRequests }, (_, i) => 1 + ((i * 7_919) % rows))
  return [
    {
      name: 'read a document, by key',
      goal: 0.5,
      requests: ids.map((id) => wireRequest('GET', `/api/v1/documents/${id}`, byKey)),
    },
    {
      name: 'read a document, by token',
      goal: 0.5,
      requests: ids.map((id) =>
        wireRequest('GET', `/api/v1/documents/${id}`, { authorization: `Bearer ${token}` }),
      ),
    },
    {
      name: 'list 20, filter, exact total',
      goal: 0.2,
      requests: listPaths(rows).map((path) => wireRequest('GET', path, byKey)),
    },
    {
      name: 'create a document, durable',
      goal: 0.12,
      requests: ids.map((id) =>
        wireRequest(
          'POST',
          '/api/v1/documents',
          byKey,
          JSON.stringify({
            title: `A new document beside ${id}`,
            category: categories[id % categories.length],
            status: 'draft',
            content: contentOf(id),
          }),
        ),
      ),
    },
  ]
}

/** Full pages only, so that every answer has the size of the first. */
function listPaths(rows: number): string[] {
  const fullPages = Math.floor(rows / (categories.length * statuses.length) / 20)
  return Array.from({ length: Math.max(1, Math.min(pages, fullPages)) }, (_, i) => {
    const category = categories[i % categories.length]
    const status = statuses[i % statuses.length]
    return `/api/v1/documents?category=${category}&status=${status}&page=${i + 1}&limit=20`
  })
}

export function wireRequest(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): string {
  const all = {
    host: '127.0.0.1',
    'user-agent': 'comserv-bench',
    accept: 'application/json',
    ...headers,
    ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

export async function requestToken(url: string, { clientId, secret }: Seeded['credential']): Promise<string> {
  const answer = await fetch(`${url}/api/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    }),
    signal: AbortSignal.timeout(5_000),
  })
  const { access_token } = (await answer.json()) as { access_token?: string }
  if (access_token === undefined) throw new Error(`No token was issued: status ${answer.status}.`)
  return access_token
}
