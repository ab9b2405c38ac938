import type { FastifyInstance, RouteOptions } from 'fastify'
import { AppError } from '../api/errors.ts'

interface Path {
  url: string
  pattern: RegExp
  methods: Set<string>
}

/** Media types accepted for PATCH, as the value of `Accept-Patch` (RFC 5789 §3.1). */
export const acceptPatch = 'application/merge-patch+json, application/json'

/** All registered routes: they tell a wrong method from a wrong path, and make up the OpenAPI document. */
export class RouteTable {
  readonly routes: RouteOptions[] = []
  readonly #paths = new Map<string, Path>()
  /** For each path with a parameter, the paths with a word in its place: `/users/batch` beside `/users/:id`. */
  readonly #narrower = new Map<string, { words: ReadonlySet<string>; patterns: readonly RegExp[] }>()

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
   * Whether the router took a path for one with a parameter because a narrower one lacks the method: it would treat
   * `PATCH /users/batch` as a user with the id `batch`.
   * @param url of the chosen route
   */
  isTakenFor(url: string, path: string): boolean {
    if (!url.includes(':')) return false
    const { words, patterns } = this.#narrowerThan(url)
    return words.has(path) || patterns.some((pattern) => pattern.test(path))
  }

  /** The error where no route matched, or not the intended one. @param path without the query */
  notFound(method: string, path: string): AppError {
    const fitting = [...this.#paths.values()].filter(({ pattern }) => pattern.test(path))
    const meant = fitting.find(({ url }) => !fitting.some((other) => isNarrower(other.url, url)))
    if (!meant) return new AppError('resource_not_found', `There is nothing at ${path}.`)
    const allow = [...meant.methods].sort().join(', ')
    return new AppError('method_not_allowed', `${path} supports ${allow}, not ${method}.`, {
      headers: { allow, ...(meant.methods.has('PATCH') ? { 'accept-patch': acceptPatch } : {}) },
    })
  }

  /** Most are words alone, which need no pattern. */
  #narrowerThan(url: string) {
    const known = this.#narrower.get(url)
    if (known) return known
    const paths = [...this.#paths.values()].filter((path) => isNarrower(path.url, url))
    const isPattern = (path: Path) => /[:*]/.test(path.url)
    const found = {
      words: new Set(paths.filter((path) => !isPattern(path)).map((path) => path.url)),
      patterns: paths.filter(isPattern).map(({ pattern }) => pattern),
    }
    this.#narrower.set(url, found)
    return found
  }
}

/** Segment by segment: a word is narrower than a parameter, a parameter than a rest of any length. */
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
