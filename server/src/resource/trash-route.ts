import { missingScope } from '../access/caller.ts'
import { type ListQuery, listQuery, listRequest, sendList } from '../api/paging.ts'
import { closed, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import type { Context } from '../context.ts'
import { titleOf, wordOf } from './naming.ts'
import type { Declaration, Shapes } from './resource.ts'
import type { DerivedRoute } from './routes.ts'
import { listTrash } from './trash.ts'

const sorts = ['-deleted_at', 'deleted_at'] as const
const trashFields = {
  deleted_at: Timestamp,
  purge_at: Type.String({ ...Timestamp, description: 'When it is purged; it can be restored until then' }),
}

export function trashRoute<S extends Shapes>(context: Context, declared: Declaration<S>): DerivedRoute[] {
  const plural = wordOf(declared)
  const { name, reads, writes, schema, trash } = declared
  if (!trash) return []
  const Trashed = closed(
    { ...schema.listed.properties, ...trashFields },
    { title: `Trashed${titleOf(declared, name)}` },
  )
  return [
    {
      method: 'GET',
      path: '/trash',
      verb: 'trash',
      summary: `List deleted ${plural} that can be restored, most recently deleted first`,
      description: `Also requires the scope \`${reads}\`.`,
      config: { access: writes },
      schema: { querystring: closed(listQuery(sorts)), response: { 200: PageOf(Trashed) } },
      async handler(request, reply) {
        const actor = request.actor()
        if (!actor.scopes.has(reads)) throw missingScope(reads, `Listing deleted ${plural}`, actor)
        const asked = listRequest(request.query as ListQuery, sorts)
        return sendList(request, reply, asked, await listTrash(context, actor, asked, trash))
      },
    },
  ]
}
