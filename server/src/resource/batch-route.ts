import type { Static } from 'typebox'
import type { Actor } from '../access/caller.ts'
import type { Tagged } from '../api/conditional.ts'
import type { Context } from '../context.ts'
import type { Change } from '../db/database.ts'
import type { Confirmation } from '../http/confirmation.ts'
import { respondOnce } from '../http/idempotency.ts'
import {
  applyBatch,
  BatchBody,
  type BatchItem,
  BatchQuery,
  batchResponse,
  batchSchemas,
  readBatch,
} from './batch.ts'
import { titleOf, wordOf } from './naming.ts'
import type { Declaration, Shapes } from './resource.ts'
import type { DerivedRoute } from './routes.ts'
import { shownAs } from './shown-as.ts'

/** For so long a batch waits for the hooks that are called about its items. */
const hooksMsMax = 30_000

type Item<S extends Shapes> = BatchItem<Static<S['create']>, Static<S['update']>>

export function batchRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute[] {
  const plural = wordOf(declared)
  const { name, reads, writes, schema, lock, unread } = declared
  if (!lock) return []
  const { checks, Sent, Response } = batchSchemas(titleOf(declared, name), {
    create: schema.create,
    update: schema.update,
    resource: schema.listed,
  })
  return [
    {
      method: 'POST',
      path: '/batch',
      verb: 'batch',
      summary: `Create, update and delete up to 100 ${plural}`,
      description: [
        'Each item has its own result, the same as a single request would have; `resource` is the',
        `${name} as lists show it. With \`atomic\`, the first item that fails ends the request with its error,`,
        `and nothing is changed. Callers who may not read ${plural} get 204 for an update, without \`resource\`.`,
      ].join(' '),
      config: {
        access: writes,
        idempotencyKey: true,
        shows: { reads, unread, batch: true },
        documentedBody: Sent,
        ...(declared.confirm ? { confirm: confirmationOf(declared.confirm) } : {}),
        errors: ['resource_not_found', 'precondition_failed'],
      },
      schema: { querystring: BatchQuery, body: BatchBody, response: { 200: Response } },
      handler(request, reply) {
        const query = request.query as Static<typeof BatchQuery>
        const batch = readBatch<Item<S>>(checks, request.body as Static<typeof BatchBody>, query)
        const hooksUntilMs = performance.now() + hooksMsMax
        const prepare = (item: Item<S>) =>
          changeOf(context, declared, { ...request.actor(), hooksUntilMs }, item)
        return respondOnce(context, request, reply, () => applyBatch(batch, lock, prepare), batchResponse)
      },
    },
  ]
}

/** A batch needs the password if one of its items would. */
function confirmationOf(confirm: Partial<Record<string, Confirmation>>): Confirmation {
  const isNeeded = ({ action, data }: { action?: unknown; data?: unknown }) => {
    const one = confirm[String(action)]
    return typeof one === 'function' ? typeof data === 'object' && data !== null && one(data) : one === true
  }
  return (body) => (body as Static<typeof BatchBody>).items.some(isNeeded)
}

/** The change that a single request would make. */
async function changeOf<S extends Shapes>(
  context: Context,
  { schema, create, update, delete: remove }: Declaration<S>,
  actor: Actor,
  item: Item<S>,
): Promise<Change<Tagged<{ id: number }> | undefined>> {
  if (item.action === 'delete') {
    const change = await remove(context, actor, item.id, item.if_match)
    return async (trx) => {
      await change(trx)
      return undefined
    }
  }
  const change =
    item.action === 'create'
      ? await create(context, actor, item.data)
      : await update(context, actor, item.id, item.data, item.if_match)
  return async (trx) => {
    const { etag, resource } = await change(trx)
    // Without long fields: the response to a hundred changed titles must not hold a hundred texts.
    return { etag, resource: shownAs(schema.listed, resource) }
  }
}
