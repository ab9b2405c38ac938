import type { FastifyInstance, RouteOptions } from 'fastify'
import { AppError } from '../api/errors.ts'

interface Path {
  url: string
  pattern: RegExp
  methods: Set<string>
}

/** What a PATCH may be sent as, in the words of RFC 5789 §3.1. */
export const acceptPatch = 'application/merge-patch+json, application/json'

/** Every route that was registered: what tells a wrong method from a wrong path, and what the OpenAPI document is made of. */
export class RouteTable {
  readonly routes: RouteOptions[] = []
  readonly #paths = new Map<string, Path>()
  /** For each path with a parameter, the paths that say in its place what they mean: `/users/batch` beside `/users/:id`. */
  readonly #narrower = new Map<string, Path[]>()

  collectFrom(app: FastifyInstance): void {
    app.addHook('onRoute', (route) => {
      this.routes.push(route)
      const path = this.#paths.get(route.url) ?? {
        url: route.url,
        pattern: patternOf(route.url),
        methods: new Set(),
      }
      for (const method of [route.method].flat()) path.methods.add(method)
      this.#paths.set(route.url, path)
    })
  }

  /**
   * Whether the router took a path for one with a parameter because a narrower one lacks the method: it would take
   * `PATCH /users/batch` for a user with the id `batch`.
   * @param url of the route that it chose
   */
  isTakenFor(url: string, path: string): boolean {
    return url.includes(':') && this.#narrowerThan(url).some(({ pattern }) => pattern.test(path))
  }

  /** What to answer where no route matched, or one that was not meant. @param path without the query */
  notFound(method: string, path: string): AppError {
    const fitting = [...this.#paths.values()].filter(({ pattern }) => pattern.test(path))
    const meant = fitting.find(({ url }) => !fitting.some((other) => isNarrower(other.url, url)))
    if (!meant) return new AppError('resource_not_found', `There is nothing at ${path}.`)
    const allow = [...meant.methods].sort().join(', ')
    return new AppError('method_not_allowed', `${path} supports ${allow}, not ${method}.`, {
      headers: { allow, ...(meant.methods.has('PATCH') ? { 'accept-patch': acceptPatch } : {}) },
    })
  }

  #narrowerThan(url: string): readonly Path[] {
    const known = this.#narrower.get(url)
    if (known) return known
    const found = [...this.#paths.values()].filter((path) => isNarrower(path.url, url))
    this.#narrower.set(url, found)
    return found
  }
}

/** Segment by segment: a word before a parameter, a parameter before a rest of any length. */
function isNarrower(url: string, than: string): boolean {
  if (url === than) return false
  const [a, b] = [url.split('/'), than.split('/')]
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one = '', other = ''] = [a[i], b[i]]
    if (other === '*') return true
    if (one === '*' || a.length !== b.length) return false
    if (one === other || (one.startsWith(':') && other.startsWith(':'))) continue
    return other.startsWith(':')
  }
  return false
}

function patternOf(url: string): RegExp {
  return new RegExp(
    `^${url
      .replaceAll('.', '\\.')
      .replace(/:[a-z_]+/g, '[^/]+')
      .replace('/*', '/.*')}$`,
  )
}
