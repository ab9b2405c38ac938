import type { Static } from 'typebox'
import { Clearable, closed, Id, Nullable, OneOf, SearchWords, Timestamp } from '../api/schemas.ts'
import type { TextRule } from '../api/text-rules.ts'
import { Type } from '../api/type.ts'
import { mailLanguages } from '../config/mail.ts'
import { usernameLengthMax, usernameRule } from '../lib/names/usernames.ts'
import { RoleInput, RoleName } from '../roles/schema.ts'

export const userStatuses = ['active', 'inactive', 'suspended'] as const

const Username = Type.String({
  minLength: 1,
  maxLength: usernameLengthMax,
  text: 'username',
  description: `${usernameRule}; in any script, but without a mix of scripts that look alike`,
  examples: ['johndoe'],
})
const Email = Type.String({
  format: 'email',
  text: 'email',
  maxLength: 254,
  examples: ['johndoe@example.org'],
})
export const Password = Type.String({
  minLength: 8,
  maxLength: 256,
  format: 'password',
  writeOnly: true,
  description: 'Not one of the most common passwords, and not a name or the email address of the user',
})
const Status = OneOf(userStatuses)

const profileText = (maxLength: number, text: TextRule = 'optionalLine') =>
  Nullable(Type.String({ maxLength, text }))
const profileFields = {
  first_name: profileText(100),
  last_name: profileText(100),
  phone: profileText(50),
  bio: profileText(2_000, 'lines'),
}
const Profile = closed(profileFields, { title: 'Profile' })
const ProfileInput = closed(
  {
    first_name: Type.Optional(profileFields.first_name),
    last_name: Type.Optional(profileFields.last_name),
    phone: Type.Optional(profileFields.phone),
    bio: Type.Optional(profileFields.bio),
  },
  { title: 'ProfileInput' },
)

const createdFields = {
  id: Id,
  username: Type.String({ examples: ['johndoe'] }),
  email: Type.String({ examples: ['johndoe@example.org'] }),
  role: RoleName,
  status: Status,
  created_at: Timestamp,
}
const listedFields = { ...createdFields, last_login: Nullable(Timestamp) }

export const CreatedUser = closed(createdFields, { title: 'CreatedUser' })
export const ListedUser = closed(listedFields, { title: 'ListedUser' })
export const ExportedUser = closed({ ...listedFields, profile: Profile }, { title: 'ExportedUser' })
export const User = closed(
  {
    ...ExportedUser.properties,
    erasure: Type.Optional(
      closed(
        { requested_at: Timestamp, due_at: Timestamp },
        {
          title: 'WaitingErasure',
          description:
            'Present while the user waits to be erased, when one user is read: see the erase endpoint',
        },
      ),
    ),
  },
  { title: 'User' },
)

export const UserFilters = closed({
  role: Type.Optional(RoleInput),
  status: Type.Optional(Status),
  q: Type.Optional(SearchWords),
})
/** The orders of the lists; the first is the default. */
export const userSorts = ['created_at', '-created_at'] as const

/** The values of omitted fields in a create, and of null in a merge patch. */
export const userDefaults = { role: 'normal', status: 'active' } as const

export const UserCreate = closed(
  {
    username: Username,
    email: Email,
    password: Type.Optional(Password),
    invite: Clearable(
      Type.Boolean({
        default: false,
        description:
          'Instead of `password`, which is required otherwise: the user is mailed a link to choose one. Where the server sends no mail, request the link with `createPasswordLink`',
      }),
    ),
    role: Clearable(Type.String({ ...RoleInput, default: userDefaults.role })),
    status: Clearable(OneOf(userStatuses, { default: userDefaults.status })),
    profile: Clearable(ProfileInput),
  },
  { title: 'UserCreate' },
)

export const UserUpdate = closed(
  {
    username: Type.Optional(Username),
    email: Type.Optional(Email),
    password: Type.Optional(Password),
    role: Clearable(RoleInput),
    status: Clearable(Status),
    profile: Clearable(ProfileInput),
  },
  { title: 'UserUpdate' },
)

/** Replacements for names that another user has taken since the deletion. */
export const UserRestore = closed(
  { username: Clearable(Username), email: Clearable(Email) },
  { title: 'UserRestore' },
)

export const MeUpdate = closed(
  { email: Type.Optional(Email), profile: Clearable(ProfileInput) },
  { title: 'MeUpdate' },
)

export const PasswordChange = closed(
  {
    current_password: Type.String({ minLength: 1, maxLength: 256, format: 'password', writeOnly: true }),
    new_password: Password,
  },
  { title: 'PasswordChange' },
)

export const PasswordLinkCreate = closed(
  {
    language: Clearable(
      OneOf(mailLanguages, { description: 'Language of the mail; COMSERV_LANGUAGE unless given' }),
    ),
  },
  { title: 'PasswordLinkCreate' },
)
export const PasswordLink = closed(
  {
    id: Type.Integer({ ...Id, description: 'Id of the user' }),
    mail_id: Nullable(Type.Integer({ ...Id, description: 'The mail with the link; null if it is shown' })),
    link: Nullable(
      Type.String({ description: 'Shown once, where the server sends no mail; null otherwise' }),
    ),
    expires_at: Timestamp,
  },
  { title: 'PasswordLink' },
)

/** The fields of the first administrator. */
export const FirstAdministrator = { username: Username, email: Email, password: Password }

export type UserStatus = (typeof userStatuses)[number]
export type PasswordLink = Static<typeof PasswordLink>
export type CreatedUser = Static<typeof CreatedUser>
export type ListedUser = Static<typeof ListedUser>
export type User = Static<typeof User>
export type UserCreate = Static<typeof UserCreate>
export type UserUpdate = Static<typeof UserUpdate>
export type UserRestore = Static<typeof UserRestore>
export type UserFilter = Static<typeof UserFilters>
