import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import type { TSchema } from 'typebox'

/**
 * Writes responses by the route's schema, compiled by the first response that has it. Compiled at the start, as Fastify
 * does, the schemas of all routes, with those of validate.ts, were 400 of its 1,200 ms; a single one is 1 to 3 ms.
 * A schema that does not compile fails its first request instead of the start; the access matrix calls every route.
 */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  let write: ((data: unknown) => string) | undefined
  return (data) => {
    write ??= fastJsonStringify(schema as Schema)
    return write(data)
  }
}
