import assert from 'node:assert/strict'
import { type Json, startServer, type TestServer } from '../harness.ts'
import { type Play, scenariosOn } from '../scenario.ts'

export interface World {
  server: TestServer
  /** An administrator's, which sends each request that says nothing else. */
  key: string
  scenario: Play
  /** Makes what a scenario begins with. */
  made(path: string, json: object): Promise<Json>
  /** Told of each call that was answered 2xx; `scenario` tells it by itself. */
  succeeded(method: string, path: string): void
  /** Routes that a scenario has called with success, as the route table names them. */
  played: ReadonlySet<string>
  /** Routes that change something. */
  changeRoutes: readonly string[]
}

/** When everything in these scenarios happens. */
export const now = '2026-01-15T08:30:00Z'

export async function startWorld(): Promise<World> {
  const server = await startServer({
    env: {
      COMSERV_KEY_REQUESTS_BY_GUESTS: 'true',
      // Nobody is there, and nothing is sent.
      COMSERV_SMTP_URL: 'smtp://127.0.0.1:1',
      COMSERV_MAIL_FROM: 'comserv@example.org',
    },
  })
  const { secret: key } = await server.credential('admin', { name: 'Administration' })
  const changeRoutes = server.app.routeTable.routes
    .flatMap(({ method, url }) => [method].flat().map((one) => `${one} ${url}`))
    .filter((route) => /^(POST|PUT|PATCH|DELETE) /.test(route))
  const patterns = changeRoutes.map((route) => ({
    route,
    pattern: new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+')}$`),
  }))
  const played = new Set<string>()
  const succeeded = (method: string, path: string) => {
    const called = `${method} ${path.split('?')[0]}`
    for (const { route, pattern } of patterns) if (pattern.test(called)) played.add(route)
  }
  return {
    server,
    key,
    played,
    changeRoutes,
    succeeded,
    scenario: scenariosOn(server, key, succeeded),
    async made(path, json) {
      const { status, body, text } = await server.call('POST', path, { key, json })
      assert.equal(status, 201, text)
      return body
    },
  }
}
