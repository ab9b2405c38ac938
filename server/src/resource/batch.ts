import { type TSchema, Type } from 'typebox'
import type { Tagged } from '../api/conditional.ts'
import { AppError, errorBody, invalidRequest } from '../api/errors.ts'
import { Clearable, closed, ErrorEnvelope, Id, OneOf } from '../api/schemas.ts'
import { type Check, createCheck } from '../api/validate.ts'
import type { Change, Db } from '../db/database.ts'

/**
 * Many changes of one resource in one request and one transaction. Each item is checked and done as the single call would
 * do it, with its event and its audit row; an item that fails leaves nothing behind. With `atomic`, none does unless all do.
 */
const batchItemsMax = 100

/** An item that has passed its check. */
export type BatchItem<Create, Update> =
  | { action: 'create'; data: Create }
  | { action: 'update'; id: number; data: Update; if_match?: string | null }
  | { action: 'delete'; id: number; if_match?: string | null }

/** The items in their order; one that is malformed stands as the error that says so. */
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
    OneOf(['true', 'false'], { default: 'false', description: 'With `true`, all items are done or none is' }),
  ),
})

/** As far as a request is refused as a whole; each item is held against its own schema, and fails by itself. */
export const BatchBody = closed({
  items: Type.Array(Type.Object({}), { minItems: 1, maxItems: batchItemsMax }),
})

/** @param name of the resource in the titles of its schemas */
export function batchSchemas<C extends TSchema, U extends TSchema, R extends TSchema>(
  name: string,
  { create, update, resource }: { create: C; update: U; resource: R },
) {
  const ifMatch = Clearable(Type.String({ maxLength: 1_000, description: 'As the header If-Match' }))
  const items = {
    create: closed({ action: OneOf(['create']), data: create }),
    update: closed({ action: OneOf(['update']), id: Id, data: update, if_match: ifMatch }),
    delete: closed({ action: OneOf(['delete']), id: Id, if_match: ifMatch }),
  }
  const result = closed(
    {
      status: Type.Integer({ description: 'What the single call would have answered' }),
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
 * Prepares the items one after the other, so that others get their turn between two, and makes one change of them.
 * @param lock takes the rows that the batch names, in one order for all batches
 * @param prepare as the single call does; undefined when nothing is left to show
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
    // An item before this one may still fail in the transaction, and its error is the one to report; none after it counts.
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

/** What is not a refusal (a deadlock, a lost connection) ends the batch: the whole of it may be tried again. */
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
