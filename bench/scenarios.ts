import { categories, contentOf, markOf, type Seeded, statuses } from './seed.ts'

/** One kind of call, and the share of a bare server's rate that it should reach. */
export interface Scenario {
  name: string
  /** At least this ratio. */
  goal: number
  /** Whole requests as they go over the wire, sent in turn. */
  requests: string[]
  /** Of each request, such as the items of a batch; 1 unless given. */
  works?: number
  /** Requests to the product itself, which it is measured by in place of a bare server. */
  beside?: string[]
  connections?: number
}

const differentRequests = 500
const pages = 20
const itemsPerBatch = 100

/** All calls, on a table of the first size. */
export function scenarios({ rows, credential, token }: Seeded & { token: string }): Scenario[] {
  const byKey = { 'x-api-key': credential.secret }
  const ids = Array.from({ length: differentRequests }, (_, i) => 1 + ((i * 7_919) % rows))
  const creates = ids.map((id) => post('/api/v1/documents', byKey, newDocument(id)))
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
    ...listScenarios({ rows, credential }),
    { name: 'create a document, durable', goal: 0.15, requests: creates },
    {
      name: 'items of a batch of 100 creates ÷ single creates',
      goal: 3,
      requests: [post('/api/v1/documents/batch', byKey, batchOf(ids.slice(0, itemsPerBatch)))],
      works: itemsPerBatch,
      beside: creates,
      connections: 8,
    },
    { name: 'token endpoint', goal: 0.25, requests: [tokenRequest(credential)] },
  ]
}

/** Those whose cost must not grow with the table: measured on the large one, too. */
export function listScenarios({ rows, credential }: Pick<Seeded, 'rows' | 'credential'>): Scenario[] {
  const byKey = { 'x-api-key': credential.secret }
  const get = (path: string) => wireRequest('GET', `/api/v1/documents?${path}`, byKey)
  const size = rows >= 1_000_000 ? `${rows / 1_000_000}M` : `${rows / 1_000}k`
  const [page, goal] = rows >= 1_000_000 ? [5_000, 0.05] : [Math.min(400, Math.floor(rows / 20)), 0.1]
  return [
    { name: `list 20, filter, exact total, of ${size}`, goal: 0.2, requests: listQueries(rows).map(get) },
    { name: `page ${page} of ${size}`, goal, requests: [get(`page=${page}`)] },
    { name: `search for a word of 20, in ${size}`, goal: 0.1, requests: [get(`q=${markOf(7)}`)] },
  ]
}

function newDocument(id: number) {
  return {
    title: `A new document beside ${id}`,
    category: categories[id % categories.length],
    status: 'draft',
    content: contentOf(id),
  }
}

function batchOf(ids: readonly number[]) {
  return { items: ids.map((id) => ({ action: 'create', data: newDocument(id) })) }
}

/** Full pages only, so that every answer has the size of the first. */
function listQueries(rows: number): string[] {
  const fullPages = Math.floor(rows / (categories.length * statuses.length) / 20)
  return Array.from({ length: Math.max(1, Math.min(pages, fullPages)) }, (_, i) => {
    const category = categories[i % categories.length]
    const status = statuses[i % statuses.length]
    return `category=${category}&status=${status}&page=${i + 1}&limit=20`
  })
}

function post(path: string, headers: Record<string, string>, body: object): string {
  return wireRequest('POST', path, { ...headers, 'content-type': 'application/json' }, JSON.stringify(body))
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
    ...(body === '' ? {} : { 'content-length': Buffer.byteLength(body) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

const formOf = ({ clientId, secret }: Seeded['credential']) =>
  new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: secret })

function tokenRequest(credential: Seeded['credential']): string {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  return wireRequest('POST', '/api/v1/oauth/token', form, formOf(credential).toString())
}

export async function requestToken(url: string, credential: Seeded['credential']): Promise<string> {
  const answer = await fetch(`${url}/api/v1/oauth/token`, {
    method: 'POST',
    body: formOf(credential),
    signal: AbortSignal.timeout(5_000),
  })
  const { access_token } = (await answer.json()) as { access_token?: string }
  if (access_token === undefined) throw new Error(`No token was issued: status ${answer.status}.`)
  return access_token
}
