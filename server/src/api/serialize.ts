import fastJsonStringify, { type Schema } from 'fast-json-stringify'
import type { FastifySerializerCompiler } from 'fastify'
import type { TSchema } from 'typebox'

/**
 * Writes responses by the route's schema, compiled by the first response that has it. Compiled at the start, as Fastify
 * does, the schemas of all routes, with those of validate.ts, were 400 of its 1,200 ms. Of responses, half of the schemas
 * take less than 0.4 ms each, and the largest 2.6.
 * A schema that does not compile fails its first request instead of the start; the access matrix calls every route.
 */
export const compileSerializer: FastifySerializerCompiler<TSchema> = ({ schema }) => {
  let write: ((data: unknown) => string) | undefined
  return (data) => {
    write ??= fastJsonStringify(schema as Schema)
    return write(data)
  }
}
