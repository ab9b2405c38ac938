/** What one caller, or nobody in particular, sends to keep a server from the others. Each is sent again and again on so many connections. */
export interface HostileLoad {
  name: string
  connections: number
  method: string
  path: string
  contentType?: string
  /** Written by the child that sends it: a megabyte need not cross between processes. */
  body?: 'form' | 'nested' | 'document' | 'documents' | 'people' | 'sign-in'
  isAnonymous?: boolean
  /** Reads the head of each answer and leaves the rest lying. */
  stalls?: boolean
}

const json = 'application/json'

export const hostileLoads: readonly HostileLoad[] = [
  { name: '10 exports, read fast', connections: 10, method: 'GET', path: '/documents/export' },
  {
    name: '60 exports that nobody reads',
    connections: 60,
    method: 'GET',
    path: '/documents/export',
    stalls: true,
  },
  { name: '100 searches of one caller', connections: 100, method: 'GET', path: '/documents?q=the' },
  {
    name: '20 batches of 100 passwords',
    connections: 20,
    method: 'POST',
    path: '/users/batch',
    contentType: json,
    body: 'people',
  },
  {
    name: '20 sign-ins',
    connections: 20,
    method: 'POST',
    path: '/session',
    contentType: json,
    body: 'sign-in',
    isAnonymous: true,
  },
  {
    name: '20 forms of 1 MB',
    connections: 20,
    method: 'POST',
    path: '/oauth/token',
    contentType: 'application/x-www-form-urlencoded',
    body: 'form',
    isAnonymous: true,
  },
  {
    name: '20 nested bodies of 1 MB, anonymous',
    connections: 20,
    method: 'POST',
    path: '/session',
    contentType: json,
    body: 'nested',
    isAnonymous: true,
  },
  {
    name: '20 nested bodies of 1 MB, with a key',
    connections: 20,
    method: 'POST',
    path: '/documents',
    contentType: json,
    body: 'nested',
  },
  {
    name: '10 documents of 1 MB',
    connections: 10,
    method: 'POST',
    path: '/documents',
    contentType: json,
    body: 'document',
  },
  {
    name: '10 batches of 100 documents, 1 MB',
    connections: 10,
    method: 'POST',
    path: '/documents/batch',
    contentType: json,
    body: 'documents',
  },
  { name: '20 readers of a document of 1 MB', connections: 20, method: 'GET', path: '/documents/1' },
  { name: '50 lists of 100', connections: 50, method: 'GET', path: '/documents?limit=100' },
  {
    name: '50 times /health/ready',
    connections: 50,
    method: 'GET',
    path: '/../../health/ready',
    isAnonymous: true,
  },
]

let number = 0
const words = 'the quick brown fox jumps over the lazy dog '

export const bodies: Record<NonNullable<HostileLoad['body']>, () => string> = {
  form: () =>
    Array.from({ length: 130_000 }, (_, i) => `k${i}=1`)
      .join('&')
      .slice(0, 1_048_000),
  nested: () => `{"x":[${`${'['.repeat(29)}${']'.repeat(29)},`.repeat(17_000)}0]}`,
  document: () => JSON.stringify({ title: 'Long', content: words.repeat(22_000) }),
  documents: () =>
    JSON.stringify({
      items: Array.from({ length: 100 }, () => ({
        action: 'create',
        data: { title: 'Many', content: words.repeat(220) },
      })),
    }),
  people: () =>
    JSON.stringify({
      items: Array.from({ length: 100 }, () => {
        number++
        const username = `${process.pid}x${number}`
        const data = { username, email: `${username}@example.org`, password: 'a passphrase of many' }
        return { action: 'create', data }
      }),
    }),
  'sign-in': () => JSON.stringify({ username: 'nobody', password: 'a passphrase of nobody' }),
}
