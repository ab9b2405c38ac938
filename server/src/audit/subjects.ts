import { personalIds } from '../db/subjects.ts'

/** The sealed columns of the audit log; each is the context of its values. */
export const sealedColumns = ['actor_name', 'ip', 'before', 'after'] as const

/**
 * The person who acted: a user, or the owner of the credential. Operators and the system are nobody in particular.
 * @param ownerId of the credential
 */
export function actorSubject(
  { actor_type, actor_id }: { actor_type: string; actor_id: number | null },
  ownerId: number | undefined,
): number | null {
  if (actor_type === 'user') return actor_id
  return actor_type === 'credential' ? (ownerId ?? null) : null
}

/**
 * The person whom a target is about: the user itself, the one who is signed in with a session, the requester of a
 * credential, and the owner of a credential or a webhook, which carry names and addresses that they chose.
 * @param view of the target, as it is stored
 */
export function targetSubject(
  { target_type, target_id }: { target_type: string; target_id: number | null },
  view: object | null,
): number | null {
  if (target_type === 'user') return target_id
  const named = (view ?? {}) as Record<string, unknown>
  const id = personalIds.map((name) => named[name]).find((value) => value !== null && value !== undefined)
  return typeof id === 'number' ? id : null
}
