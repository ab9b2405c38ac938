import pg from 'pg'
import { closeContext, createApp, createContext } from '../server/src/app.ts'
import { decideConfig } from '../server/src/config/decide.ts'
import { createLog } from '../server/src/lib/log.ts'

/** As `pg` is given it. */
export type Statement = pg.QueryConfig

/** By then the server knows the caller, and the connection its statements. */
const callsBefore = 30
/** Differ in the part of a counter that a change adds to: the same for all would make them wait for each other. */
const callsSeen = 40

/** The statements that each of some calls of the product sends to PostgreSQL. @param requests as they go over the wire */
export async function statementsOf(
  env: Record<string, string>,
  requests: readonly string[],
): Promise<Statement[][]> {
  const context = await createContext(decideConfig(env), createLog('warn'))
  const app = createApp(context)
  const { prototype } = pg.Client
  const { query } = prototype
  let seen: Statement[] = []
  prototype.query = function (this: pg.Client, first: string | Statement, values?: unknown[]) {
    seen.push(typeof first === 'string' ? { text: first, ...(values ? { values } : {}) } : first)
    return Reflect.apply(query, this, [first, values])
  } as typeof query
  try {
    const calls: Statement[][] = []
    for (let i = 0; i < callsBefore + callsSeen; i++) {
      seen = []
      const { statusCode } = await app.inject(parsed(requests[i % requests.length] ?? ''))
      if (statusCode > 299) throw new Error(`A call was answered with ${statusCode}.`)
      if (i >= callsBefore) calls.push(seen)
    }
    return calls
  } finally {
    prototype.query = query
    await app.close()
    await closeContext(context)
  }
}

function parsed(wire: string) {
  const [head = '', payload = ''] = wire.split('\r\n\r\n', 2)
  const [line = '', ...fields] = head.split('\r\n')
  const [method, url = ''] = line.split(' ')
  const headers = Object.fromEntries(fields.map((field) => field.split(': ', 2)))
  return { method: method as 'GET' | 'POST', url, headers, payload }
}
