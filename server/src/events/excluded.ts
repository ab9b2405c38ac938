import { fullReach } from '../access/roles.ts'
import { allDocuments, narrowedBy, parsedRules } from '../access/rules.ts'
import type { Db } from '../db/database.ts'
import { listed } from '../db/dialect.ts'
import { prepared } from '../db/prepared.ts'
import type { EventType } from './types.ts'

/**
 * Those of some webhooks whose rules exclude an event. They get no delivery of it: their log, too, must not tell of what
 * they are not sent. Rules that change later are applied when it is to be sent (`sending/standing.ts`).
 */
export async function excludedFrom(
  db: Db,
  type: Pick<EventType, 'isWithin'> | undefined,
  data: object,
  webhookIds: readonly number[],
): Promise<number[]> {
  if (!type?.isWithin || webhookIds.length === 0) return []
  const narrowed = await narrowedOf(db, { ids: JSON.stringify(webhookIds) })
  return narrowed.flatMap(({ id, owner_id, rules }) => {
    const narrowing = { by: 'credential' as const, name: '', rules: parsedRules(rules) }
    const reach = { ...fullReach, documents: narrowedBy(allDocuments, narrowing) }
    return type.isWithin?.(reach, data, owner_id) === false ? [id] : []
  })
}

const narrowedOf = prepared((db, { ids }: { ids: string }) =>
  db
    .selectFrom('webhooks')
    .select(['id', 'owner_id', 'rules'])
    .where('id', 'in', listed(db, ids))
    .where('rules', 'is not', null),
)
