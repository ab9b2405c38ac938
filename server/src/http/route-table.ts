import type { FastifyInstance, RouteOptions } from 'fastify'
import { AppError } from './errors.ts'

/** Every route that was registered: what tells a wrong method from a wrong path, and what the OpenAPI document is made of. */
export class RouteTable {
  readonly routes: RouteOptions[] = []
  readonly #paths = new Map<string, { pattern: RegExp; methods: Set<string> }>()

  collectFrom(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => {
      this.routes.push(route)
      const path = this.#paths.get(route.url) ?? { pattern: patternOf(route.url), methods: new Set() }
      for (const method of [route.method].flat()) path.methods.add(method)
      this.#paths.set(route.url, path)
    })
  }

  /** What to answer where no route matched. @param path without the query */
  notFound(method: string, path: string): AppError {
    const allowed = [...this.#paths.values()].flatMap(({ pattern, methods }) =>
      pattern.test(path) ? [...methods] : [],
    )
    if (allowed.length === 0) return new AppError('resource_not_found', `There is nothing at ${path}.`)
    const allow = allowed.sort().join(', ')
    return new AppError('method_not_allowed', `${path} supports ${allow}, not ${method}.`, {
      headers: { allow },
    })
  }
}

function patternOf(url: string): RegExp {
  return new RegExp(`^${url.replace(/:[a-z_]+/g, '[^/]+').replace('/*', '/.*')}$`)
}
