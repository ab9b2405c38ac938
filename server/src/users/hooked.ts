import type { Actor } from '../access/caller.ts'
import { type IfMatch, requireMatch, type Tagged } from '../api/conditional.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import type { Change, Prepared } from '../db/database.ts'
import { afterHooks, type Consulted, consult, type InputRules, ifHooked } from '../hooks/consult.ts'
import type { Subject } from '../hooks/testing.ts'
import { trashExpiry } from '../lib/timestamps.ts'
import { requireOthersPassword } from './own-password.ts'
import { MeUpdate, type User, UserCreate, UserRestore, UserUpdate } from './schema.ts'
import * as service from './service.ts'
import { trash } from './store.ts'

/**
 * The changes of users that callers make, after the hooks that are called about them. Changes that the server makes on its
 * own account, or the operator by command, are those of service.ts.
 */
const secret = ['password', 'invite']
/** They give access, which a signed-in person has confirmed only if the request said so. */
const guarded = ['username', 'email', 'role', 'status']

const forCreate = { check: createCheck(UserCreate), secret }
const forUpdate = { check: createCheck(UserUpdate), secret, guarded }
const forRestore = { check: createCheck(UserRestore), guarded }
export const ofOneself: InputRules = { check: createCheck(MeUpdate), secret, guarded }

export async function createUser(
  context: Context,
  actor: Actor,
  input: UserCreate,
): Promise<Change<Tagged<User>>> {
  await service.requireCreatable(context, actor, input)
  return afterCreateHooks(context, actor, input, (changed) =>
    service.createUser(context, actor, changed, askedOfCreate(context, actor)),
  )
}

/** @param create makes the change from what the hooks have made of the input */
export function afterCreateHooks<I extends object>(
  context: Context,
  actor: Actor,
  input: I,
  create: (input: I) => Prepared<Tagged<User>>,
): Prepared<Tagged<User>> {
  return ifHooked(context, ['user.create'], {
    no: () => create(input),
    async yes() {
      const intended = { action: 'user.create', record: null, input, rules: forCreate } as const
      const consulted = await consult(context, actor, intended)
      const change = await create(consulted.input)
      return afterHooks(tellingWhom(change, consulted), consulted.changedBy)
    },
  })
}

function tellingWhom(
  change: Change<Tagged<User>>,
  { created }: Pick<Consulted<object>, 'created'>,
): Change<Tagged<User>> {
  return async (trx) => {
    const made = await change(trx)
    trx.afterCommit(() => created(made.resource.id))
    return made
  }
}

export function updateUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserUpdate,
  ifMatch?: IfMatch,
  rules: InputRules = forUpdate,
): Prepared<Tagged<User>> {
  const asked = context.extensions?.adjusting<UserUpdate>('user.update', actor, rules)
  return ifHooked(context, ['user.update'], {
    no: () => service.updateUser(context, actor, id, input, ifMatch, undefined, asked),
    async yes() {
      if (input.password !== undefined) requireOthersPassword(actor, id)
      const row = await service.record.read(context, context.database.read, actor, id)
      requireMatch(ifMatch, service.record.etag(row, context))
      const record = service.toUser(row)
      const consulted = await consult(context, actor, { action: 'user.update', record, input, rules })
      const change = await service.updateUser(
        context,
        actor,
        id,
        consulted.input,
        ifMatch,
        row.version,
        asked,
      )
      return afterHooks(change, consulted.changedBy)
    },
  })
}

/** An update of a record that has a `deleted_at`. */
export function restoreUser(
  context: Context,
  actor: Actor,
  id: number,
  input: UserRestore = {},
): Prepared<Tagged<User>> {
  const asked = context.extensions?.adjusting<UserRestore>('user.update', actor, forRestore)
  return ifHooked(context, ['user.update'], {
    no: () => service.restoreUser(context, actor, id, input, undefined, asked),
    async yes() {
      const { clock, config, database } = context
      const expiry = trashExpiry(clock.now(), config.trashDays)
      const row = await trash.findInTrash(database.read, id, expiry, { forUpdate: false })
      if (!row) return service.restoreUser(context, actor, id, input)
      const record = { ...service.toUser(row), deleted_at: row.deleted_at }
      const intended = { action: 'user.update', record, input, rules: forRestore } as const
      const consulted = await consult(context, actor, intended)
      const change = service.restoreUser(context, actor, id, consulted.input, row.version, asked)
      return afterHooks(change, consulted.changedBy)
    },
  })
}

/** After hooks, inside the transaction, extensions are asked; undefined where none is. */
export function askedOfCreate({ extensions }: Context, actor: Actor) {
  return extensions?.adjusting<Omit<UserCreate, 'password' | 'invite'>>('user.create', actor, forCreate)
}

/** For tests of hooks. */
export const subject: Subject = {
  get: service.record.get,
  rules: { create: forCreate, update: forUpdate },
  sample: { username: 'johndoe', email: 'johndoe@example.org', role: 'normal' },
}
