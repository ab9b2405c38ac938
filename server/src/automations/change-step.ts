import type { TSchema } from 'typebox'
import type { Tagged } from '../api/conditional.ts'
import { type Check, createCheck } from '../api/validate.ts'
import type { Prepared } from '../db/database.ts'
import { createDocument, updateDocument } from '../documents/hooked.ts'
import {
  type DocumentCreate,
  DocumentCreate as DocumentCreateSchema,
  type DocumentUpdate,
  DocumentUpdate as DocumentUpdateSchema,
} from '../documents/schema.ts'
import { newRequestId } from '../http/request-head.ts'
import { picked } from '../lib/picked.ts'
import { createUser, updateUser } from '../users/hooked.ts'
import {
  type UserCreate,
  UserCreate as UserCreateSchema,
  type UserUpdate,
  UserUpdate as UserUpdateSchema,
} from '../users/schema.ts'
import { noteEffects } from './run-store.ts'
import { type Doing, kept, rendered, StepFailed, type StepResult } from './step-kit.ts'

const checks: Readonly<Record<string, Check>> = {
  'document.create': checkOf(DocumentCreateSchema),
  'document.update': checkOf(DocumentUpdateSchema),
  'user.create': checkOf(UserCreateSchema),
  'user.update': checkOf(UserUpdateSchema),
}

function checkOf(schema: TSchema): Check {
  return createCheck(schema)
}

export interface Wanted {
  resource: 'user' | 'document'
  action: 'create' | 'update'
  id: number | undefined
  values: Record<string, unknown>
}

/** What a step would change. @throws AppError as the request would get it */
export async function wantedBy(doing: Pick<Doing, 'context' | 'step' | 'input'>): Promise<Wanted> {
  const { resource = 'document', action = 'update', record_id, values: template = '{}' } = doing.step
  const values = await rendered(doing, 'values', template)
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw new StepFailed('expression_failed', "The template 'values' gave no object.")
  if ('password' in values)
    throw new StepFailed('invalid_request', "An automation sets no passwords; create the user with 'invite'.")
  const refusal = checks[`${resource}.${action}`]?.(values, 'values')
  if (refusal) throw refusal
  const id = typeof record_id === 'string' ? await rendered(doing, 'record_id', record_id) : undefined
  if (action === 'update' && !(Number.isSafeInteger(id) && Number(id) > 0))
    throw new StepFailed('expression_failed', "The template 'record_id' gave no id.")
  return {
    resource,
    action,
    id: action === 'update' ? Number(id) : undefined,
    values: values as Record<string, unknown>,
  }
}

/** As it is kept: of people, the names of the fields alone. */
export function shownOf({ resource, action, id, values }: Wanted): object {
  const common = { resource, action, ...(id === undefined ? {} : { id }) }
  if (resource === 'user') return { ...common, fields: Object.keys(values) }
  const short = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? kept(value) : value,
  ])
  return { ...common, values: Object.fromEntries(short) }
}

/**
 * The change, in the transaction that ends the step: it is made once, however often the process ends meanwhile. Its events
 * are noted with the run, so that rules which cause each other are found out.
 */
export async function preparedChange(doing: Doing): Promise<StepResult> {
  const { context, run, actor } = doing
  const requestId = newRequestId(context.clock.now())
  const wanted = await wantedBy(doing)
  const change = await changeOf(doing, wanted, { ...actor, requestId })
  return {
    kind: 'done',
    input: shownOf(wanted),
    async apply(trx) {
      const { resource } = await change(trx)
      await noteEffects(trx.db, run.id, requestId)
      return wanted.resource === 'user'
        ? { id: resource.id }
        : picked(resource as { id: number; title: string; category: string; status: string }, [
            'id',
            'title',
            'category',
            'status',
          ])
    },
  }
}

function changeOf(
  { context }: Doing,
  { resource, action, id = 0, values }: Wanted,
  actor: Doing['actor'],
): Prepared<Tagged<{ id: number }>> {
  // Checked by the schema of the request just now.
  if (resource === 'document')
    return action === 'create'
      ? createDocument(context, actor, values as DocumentCreate)
      : updateDocument(context, actor, id, values as DocumentUpdate)
  return action === 'create'
    ? createUser(context, actor, values as UserCreate)
    : updateUser(context, actor, id, values as UserUpdate)
}
