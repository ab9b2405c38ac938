import { sentenceOf } from '../api/problem.ts'
import { t } from '../i18n/t.ts'
import { fewAtOnce } from '../parts/few-at-once.ts'

export interface Failed<T> {
  row: T
  /** What is wrong, in a sentence. */
  because: string
}

/** What became of a change of many records. */
export interface Outcome<T> {
  done: readonly T[]
  failed: readonly Failed<T>[]
  /** Takes back what was done, where nobody has changed it since. */
  undo?: () => Promise<Outcome<T>>
}

interface Row {
  id: number
}

type Item<Data> =
  | { action: 'update'; id: number; data: Data; if_match?: string | null }
  | { action: 'delete'; id: number; if_match?: string | null }

interface Result {
  status: number
  etag?: string
  error?: { code: string; details: string }
}

/** The batch method of the client library. */
export type Batch<Data> = (items: readonly Item<Data>[]) => PromiseLike<{ data: readonly Result[] }>

/** Records that the API changes in one request. */
export const itemsMax = 100

/** Called with how many of the records have been tried. */
export type OnProgress = (done: number) => void

/** @param before what restores a record as it was */
export async function updateAll<T extends Row, Data>(
  batch: Batch<Data>,
  rows: readonly T[],
  change: Data,
  before: (row: T) => Data,
  onProgress?: OnProgress,
): Promise<Outcome<T>> {
  const { done, failed, etags } = await runBatch(
    batch,
    rows,
    ({ id }) => ({ action: 'update', id, data: change }),
    onProgress,
  )
  return {
    done,
    failed,
    undo: () =>
      runBatch(batch, done, (row) => ({
        action: 'update',
        id: row.id,
        data: before(row),
        if_match: etags.get(row.id) ?? null,
      })),
  }
}

export async function deleteAll<T extends Row, Data>(
  batch: Batch<Data>,
  rows: readonly T[],
  restore: (id: number) => PromiseLike<unknown>,
  onProgress?: OnProgress,
): Promise<Outcome<T>> {
  const { done, failed } = await runBatch(batch, rows, ({ id }) => ({ action: 'delete', id }), onProgress)
  return { done, failed, undo: () => each(done, ({ id }) => restore(id)) }
}

/** @param restore resolves to the ETag of the restored record */
export async function restoreAll<T extends Row, Data>(
  batch: Batch<Data>,
  rows: readonly T[],
  restore: (id: number) => Promise<string | undefined>,
): Promise<Outcome<T>> {
  const etags = new Map<number, string | undefined>()
  const outcome = await each(rows, async ({ id }) => {
    etags.set(id, await restore(id))
  })
  return {
    ...outcome,
    undo: () =>
      runBatch(batch, outcome.done, ({ id }) => ({
        action: 'delete',
        id,
        if_match: etags.get(id) ?? null,
      })),
  }
}

async function each<T extends Row>(
  rows: readonly T[],
  act: (row: T) => PromiseLike<unknown>,
): Promise<Outcome<T>> {
  const failures = await fewAtOnce(rows, act, () => {})
  const failed = failures.map(({ of, error }) => ({ row: of, because: sentenceOf(error) }))
  return { done: rows.filter((row) => failed.every((one) => one.row !== row)), failed }
}

/** What was done before a request fails is told, and can be undone. @throws the error of the first request */
async function runBatch<T extends Row, Data>(
  batch: Batch<Data>,
  rows: readonly T[],
  itemOf: (row: T) => Item<Data>,
  onProgress?: OnProgress,
): Promise<Outcome<T> & { etags: ReadonlyMap<number, string> }> {
  const done: T[] = []
  const failed: Failed<T>[] = []
  const etags = new Map<number, string>()
  for (let first = 0; first < rows.length; first += itemsMax) {
    const some = rows.slice(first, first + itemsMax)
    let data: readonly Result[]
    try {
      data = (await batch(some.map(itemOf))).data
    } catch (error) {
      if (first === 0) throw error
      failed.push(...rows.slice(first).map((row) => ({ row, because: sentenceOf(error) })))
      break
    }
    for (const [i, row] of some.entries()) {
      const result = data[i]
      if (result === undefined || result.error) failed.push({ row, because: sentenceOfResult(result) })
      else done.push(row)
      if (result?.etag) etags.set(row.id, result.etag)
    }
    onProgress?.(first + some.length)
  }
  return { done, failed, etags }
}

function sentenceOfResult(result: Result | undefined): string {
  if (result?.error?.code === 'precondition_failed') return t('It was changed by somebody else since.')
  return result?.error?.details ?? t('The server did not say what became of it.')
}
