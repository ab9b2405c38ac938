import type { TSchema } from 'typebox'
import type { Tagged } from '../api/conditional.ts'
import { AppError, errorBody, invalidRequest } from '../api/errors.ts'
import { Clearable, closed, ErrorEnvelope, Id, OneOf } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { type Check, createCheck } from '../api/validate.ts'
import type { Change, Db } from '../db/database.ts'

/**
 * Many changes of one resource in one request and one transaction. Each item is validated and applied as a single request
 * would be, with its event and audit row; a failed item leaves no trace. With `atomic`, either all succeed or none.
 */
const batchItemsMax = 100

export type BatchItem<Create, Update> =
  | { action: 'create'; data: Create }
  | { action: 'update'; id: number; data: Update; if_match?: string | null }
  | { action: 'delete'; id: number; if_match?: string | null }

/** Validated items, in order; an invalid item is replaced by its error. */
export interface Batch<Item> {
  items: readonly (Item | AppError)[]
  isAtomic: boolean
}

export type BatchResult<Resource> =
  | { status: 200 | 201; id: number; etag: string; resource: Resource }
  | { status: 204; id: number }
  | { status: number; error: ReturnType<typeof errorBody>['error'] }

export const BatchQuery = closed({
  atomic: Type.Optional(
    OneOf(['true', 'false'], {
      default: 'false',
      description: 'With `true`, either all items succeed or nothing is changed',
    }),
  ),
})

/** What the whole request must satisfy; each item is validated against its own schema, and fails alone. */
export const BatchBody = closed({
  items: Type.Array(Type.Object({}), { minItems: 1, maxItems: batchItemsMax }),
})

/** @param name of the resource, for the titles of its schemas */
export function batchSchemas<C extends TSchema, U extends TSchema, R extends TSchema>(
  name: string,
  { create, update, resource }: { create: C; update: U; resource: R },
) {
  const ifMatch = Clearable(Type.String({ maxLength: 1_000, description: 'As in the header If-Match' }))
  const items = {
    create: closed({ action: OneOf(['create']), data: create }),
    update: closed({ action: OneOf(['update']), id: Id, data: update, if_match: ifMatch }),
    delete: closed({ action: OneOf(['delete']), id: Id, if_match: ifMatch }),
  }
  const result = closed(
    {
      status: Type.Integer({ description: 'The status that a single request would get' }),
      id: Type.Optional(Id),
      etag: Type.Optional(Type.String()),
      resource: Type.Optional(resource),
      error: Type.Optional(ErrorEnvelope.properties.error),
    },
    { title: `${name}BatchResult` },
  )
  return {
    checks: new Map(Object.entries(items).map(([action, schema]) => [action, createCheck(schema)])),
    Sent: closed(
      {
        items: Type.Array(Type.Unsafe({ oneOf: Object.values(items) }), {
          minItems: 1,
          maxItems: batchItemsMax,
        }),
      },
      { title: `${name}Batch` },
    ),
    Response: closed({
      data: Type.Array(result, { description: 'One result for each item, in order' }),
      meta: closed({ succeeded: Type.Integer(), failed: Type.Integer() }),
    }),
  }
}

export function readBatch<Item>(
  checks: ReadonlyMap<string, Check>,
  { items }: { items: readonly object[] },
  { atomic }: { atomic?: 'true' | 'false' },
): Batch<Item> {
  const checked = items.map((item, i) => problemOf(checks, item, `items.${i}`) ?? (item as Item))
  return { items: checked, isAtomic: atomic === 'true' }
}

function problemOf(checks: ReadonlyMap<string, Check>, item: { action?: unknown }, path: string) {
  if (item.action === undefined) {
    return invalidRequest(
      `The '${path}.action' field is required`,
      'The request is missing a required parameter',
    )
  }
  const check = typeof item.action === 'string' ? checks.get(item.action) : undefined
  if (check) return check(item, path)
  return invalidRequest(`The '${path}.action' field must be one of: ${[...checks.keys()].join(', ')}.`)
}

/**
 * Prepares the items one by one, so that other callers get their turn in between, and combines them into one change.
 * @param lock locks the rows that the batch names, in the same order for all batches
 * @param prepare as for a single request; undefined when there is nothing left to show
 */
export async function applyBatch<
  Item extends { action: string; id?: number },
  Resource extends { id: number },
>(
  { items, isAtomic }: Batch<Item>,
  lock: (db: Db, ids: readonly number[]) => Promise<void>,
  prepare: (item: Item) => Promise<Change<Tagged<Resource> | undefined>>,
): Promise<Change<BatchResult<Resource>[]>> {
  const ids = items.flatMap((item) => (item instanceof AppError || item.id === undefined ? [] : [item.id]))
  const changes: (AppError | Change<BatchResult<Resource>>)[] = []
  for (const [i, item] of items.entries()) {
    const prepared = async (known: Item) => asResult(known, await prepare(known))
    const change =
      item instanceof AppError
        ? item
        : await orError(() => (isAtomic ? orNothing(i, () => prepared(item)) : prepared(item)))
    changes.push(change)
    // An earlier item may still fail in the transaction, and its error is the one to report; later ones do not matter.
    if (isAtomic && change instanceof AppError) break
  }
  return async (trx) => {
    if (ids.length > 0) await lock(trx.db, ids)
    const results: BatchResult<Resource>[] = []
    for (const [i, change] of changes.entries()) {
      if (change instanceof AppError) {
        if (isAtomic) throw change
        results.push(refusal(change))
      } else if (isAtomic) results.push(await orNothing(i, () => change(trx)))
      else {
        const done = await orError(() => trx.savepoint(() => change(trx)))
        results.push(done instanceof AppError ? refusal(done) : done)
      }
    }
    return results
  }
}

export function batchResponse<Resource>(results: readonly BatchResult<Resource>[]) {
  const failed = results.filter((result) => 'error' in result).length
  return {
    status: 200 as const,
    body: { data: results, meta: { succeeded: results.length - failed, failed } },
  }
}

function asResult<Resource extends { id: number }>(
  item: { action: string; id?: number },
  change: Change<Tagged<Resource> | undefined>,
): Change<BatchResult<Resource>> {
  return async (trx) => {
    const tagged = await change(trx)
    if (!tagged) return { status: 204, id: item.id ?? 0 }
    const { etag, resource } = tagged
    return { status: item.action === 'create' ? 201 : 200, id: resource.id, etag, resource }
  }
}

/** Any other error (a deadlock, a lost connection) ends the batch, so that the whole of it can be retried. */
async function orError<R>(attempt: () => Promise<R>): Promise<R | AppError> {
  try {
    return await attempt()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

async function orNothing<R>(index: number, attempt: () => Promise<R>): Promise<R> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { code, details, message, headers } = error
    throw new AppError(code, `items.${index}: ${details}`, { message, headers, cause: error })
  }
}

function refusal(error: AppError) {
  return { status: error.status, ...errorBody(error) }
}
