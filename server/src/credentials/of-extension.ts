import { unlimitedActor } from '../access/caller.ts'
import type { ScopeName } from '../access/scopes.ts'
import type { Context } from '../context.ts'
import { titleOf } from '../extension/names.ts'
import { changing } from '../resource/record.ts'
import { createCredential, record } from './service.ts'
import * as store from './store.ts'

/**
 * The credential with which an extension calls the API: among the others, with its usage and its requests, and revoked
 * like them; the next start makes another one then. Nobody knows its secret.
 * @param systemId the account that owns it
 * @returns its client id
 */
export function keepExtensionCredential(
  context: Context,
  extension: { name: string },
  scopes: readonly ScopeName[],
  systemId: number,
): Promise<string> {
  const name = titleOf(extension)
  const actor = unlimitedActor({ type: 'system', name }, systemId)
  return context.database.write(async (trx) => {
    const known = await store.findLiving(trx.db, name, systemId)
    if (!known) {
      const input = { name, scopes: [...scopes], tier: 'premium' as const }
      return (await createCredential(context, actor, input)(trx)).resource.client_id
    }
    const wanted = scopes.join(' ')
    if (known.scopes !== wanted)
      await changing(context, actor, async (doing) => {
        const before = await record.requireForChange(doing, known.id)
        await record.write(doing, 'update', before, { scopes: wanted })
      })(trx)
    return known.client_id
  })
}
