import type { Static } from 'typebox'
import { scopes } from '../access/scopes.ts'
import { listQuery } from '../api/paging.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { mailLanguages } from '../config/mail.ts'
import { PasskeyResponse } from '../second-factors/passkey-schema.ts'
import { Code, signInMethods } from '../second-factors/schema.ts'
import { Password, User } from '../users/schema.ts'

export const SignIn = closed(
  {
    username: Type.String({ minLength: 1, maxLength: 254, description: 'Username or email address' }),
    password: Type.String({ minLength: 1, maxLength: 256, format: 'password', writeOnly: true }),
  },
  { title: 'SignIn' },
)

export const SessionConfirm = closed(
  {
    password: Type.Optional(SignIn.properties.password),
    code: Type.Optional(Code),
    passkey: Type.Optional(PasskeyResponse),
  },
  { title: 'SessionConfirm' },
)

export const signInSteps = ['verify', 'set_up'] as const

export const SignInStep = closed(
  {
    step: Nullable(
      Growing(signInSteps, {
        description:
          '`verify`: send a code to /session/step/verify, or a passkey to /session/passkey; `set_up`: the role needs an authenticator app, so set one up with /session/step/totp; null: no sign-in is under way in this browser',
      }),
    ),
    methods: Type.Array(Growing(signInMethods), {
      description: 'What the person has for `verify`; empty otherwise',
    }),
    username: Nullable(Type.String()),
    expires_at: Nullable(Timestamp),
  },
  { title: 'SignInStep' },
)

export const PasswordReset = closed(
  {
    token: Type.String({ minLength: 1, maxLength: 100, writeOnly: true, description: 'From the link' }),
    password: Password,
  },
  { title: 'PasswordReset' },
)

export const PasswordRequest = closed(
  {
    username: SignIn.properties.username,
    language: Clearable(
      OneOf(mailLanguages, { description: 'Language of the mail; COMSERV_LANGUAGE unless given' }),
    ),
  },
  { title: 'PasswordRequest' },
)

export const Session = closed(
  {
    id: Id,
    user: User,
    scopes: Type.Array(Growing(Object.keys(scopes) as (keyof typeof scopes)[]), {
      description: "The scopes of the user's role",
    }),
    system_account_id: Nullable(
      Type.Integer({
        ...Id,
        description:
          'The built-in user that owns records of no particular person, such as those created on the command line; null until there are any',
      }),
    ),
    csrf_token: Type.String({ description: 'Send it in the X-CSRF-Token header with every change' }),
    created_at: Timestamp,
    expires_at: Type.String({
      ...Timestamp,
      description: 'When the session expires unless it is used again',
    }),
  },
  { title: 'Session' },
)

export const ListedSession = closed(
  {
    id: Id,
    current: Type.Boolean({ description: 'Whether this is the session of the request' }),
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    ip: Type.String({ description: 'The address it was last used from' }),
    user_agent: Nullable(Type.String()),
  },
  { title: 'ListedSession' },
)
export const SessionPage = PageOf(ListedSession)
export const sessionSorts = ['-created_at'] as const
export const SessionListQuery = closed(listQuery(sessionSorts))

export type SignIn = Static<typeof SignIn>
export type SessionConfirm = Static<typeof SessionConfirm>
export type SignInStep = Static<typeof SignInStep>
export type PasswordRequest = Static<typeof PasswordRequest>
export type PasswordReset = Static<typeof PasswordReset>
export type Session = Static<typeof Session>
export type ListedSession = Static<typeof ListedSession>
