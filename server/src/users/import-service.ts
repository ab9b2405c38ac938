import type { Static } from 'typebox'
import type { Actor } from '../access/caller.ts'
import { invalidRequest } from '../api/errors.ts'
import { pastInstant } from '../api/input.ts'
import { Clearable, closed, Id, Timestamp } from '../api/schemas.ts'
import { createCheck } from '../api/validate.ts'
import type { Context } from '../context.ts'
import { emailKey } from '../lib/names/email-addresses.ts'
import { usernameKey } from '../lib/names/usernames.ts'
import type { Importer, Importing } from '../resource/importing.ts'
import { afterCreateHooks, askedOfCreate } from './hooked.ts'
import { ownedHash, PasswordColumn } from './password-hashes.ts'
import { type KnownOf, requireGoodPassword } from './password-rules.ts'
import { Password, UserCreate } from './schema.ts'
import { createUserWith, knownOf } from './service.ts'

const { invite: _, ...createFields } = UserCreate.properties

/** The fields of a create, and those of an export. A user without a password cannot sign in until one is set. */
const ImportedUser = closed({
  ...createFields,
  password: Clearable(Password),
  created_at: Clearable(Timestamp),
  // Exported fields that are ignored: they start anew here.
  id: Clearable(Id),
  last_login: Clearable(Timestamp),
})
type ImportedUser = Static<typeof ImportedUser>

export const importing: Importing<ImportedUser> = {
  row: ImportedUser,
  importer: (context, actor) => importerOf(context, actor, new PasswordColumn()),
}

function importerOf(context: Context, actor: Actor, column: PasswordColumn): Importer<ImportedUser> {
  return {
    check: createCheck(ImportedUser),
    look({ password }: Partial<ImportedUser>) {
      if (typeof password === 'string') column.add(password)
    },
    async prepare({ password, ...user }: ImportedUser) {
      const createdAt = user.created_at
        ? pastInstant(context.clock, 'created_at', user.created_at)
        : undefined
      const passwordHash =
        typeof password !== 'string' ? null : await storedPassword(context, column, password, knownOf(user))
      const input = Object.fromEntries(Object.entries(user).filter(([name]) => name in createFields)) as Omit<
        UserCreate,
        'password' | 'invite'
      >
      const asked = askedOfCreate(context, actor)
      return afterCreateHooks(context, actor, input, (changed) => (trx) => {
        const made = asked?.(null, changed) ?? changed
        return createUserWith(context, actor, made, passwordHash, createdAt)(trx)
      })
    },
    warning: {
      about: ({ password }: ImportedUser) => typeof password !== 'string',
      say: (count) =>
        `${count === 1 ? '1 user has' : `${count} users have`} no password yet. 'Password link' on ${count === 1 ? 'their page' : 'the page of each'} in the console lets them choose one; so does comserv admin reset-password USERNAME on the server.`,
    },
    uniqueNames: ({ username, email }: ImportedUser) => [
      { field: 'username', name: usernameKey(username) },
      { field: 'email', name: emailKey(email) },
    ],
  }
}

/** @throws AppError when the value is a hash of a kind that cannot be verified here, or a password that is easily guessed */
async function storedPassword(
  { passwords, config }: Context,
  column: PasswordColumn,
  password: string,
  known: KnownOf,
): Promise<string> {
  const owned = ownedHash(password)
  if (owned !== undefined) return owned
  const kind = column.kindOf(password)
  if (kind === undefined) {
    requireGoodPassword(config, password, known)
    return passwords.hash(password)
  }
  throw invalidRequest(
    `The 'password' field is a hash (${kind}), not a password, and cannot be verified here; leave the field out with --map "password=" and set a password afterwards.`,
  )
}
