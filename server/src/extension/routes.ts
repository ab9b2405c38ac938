import type { Static, TObject, TSchema } from 'typebox'
import type { ExtensionActor, Tools, Values } from './declaration.ts'

/** What a route says about itself; all of it stands in the OpenAPI document. */
export interface RouteOptions<P extends TObject, Q extends TObject, B extends TObject> {
  /** Who may call it: a scope, `signed-in`, `person` for people alone, or `public` for everybody. */
  access: string
  summary: string
  description?: string
  /** Of the parts of the path that begin with a colon; text unless given. */
  params?: P
  query?: Q
  body?: B
  /** Of the response; without it, the response is whatever JSON the handler returns. */
  response?: TSchema
  /** Of a success: 200 unless given, or 204 where nothing is returned. */
  status?: number
}

export interface Called<P, Q, B, S> extends Tools<S> {
  params: P
  query: Q
  body: B
  /** Who calls; undefined where the route is public. */
  actor: ExtensionActor | undefined
  /** Ends the request with an error: 400 unless another status is given. */
  refuse(sentence: string, status?: 400 | 403 | 404 | 409): never
}

type Register<S> = <
  const P extends TObject = TObject,
  const Q extends TObject = TObject,
  const B extends TObject = TObject,
>(
  path: string,
  options: RouteOptions<P, Q, B>,
  handler: (called: Called<Static<P>, Static<Q>, Static<B>, S>) => unknown,
) => void

/** Registers routes under `/api/v1/x/NAME`. */
export interface ExtensionRoutes<S = Values> {
  get: Register<S>
  post: Register<S>
  put: Register<S>
  patch: Register<S>
  delete: Register<S>
}
