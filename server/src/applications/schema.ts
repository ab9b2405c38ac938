import type { Static } from 'typebox'
import { scopeNames } from '../access/scopes.ts'
import { Clearable, closed, Growing, Id, Nullable, OneOf, PageOf, Timestamp } from '../api/schemas.ts'
import { Type } from '../api/type.ts'
import { RoleInput, RoleName } from '../roles/schema.ts'

export const applicationsMax = 200
const listMax = 20

/** What is no right of the API, but says who the person is, or how long the program may act. */
export const identityScopes = ['openid', 'profile', 'email', 'offline_access'] as const
export type IdentityScope = (typeof identityScopes)[number]

export const applicationKinds = ['browser', 'native', 'server'] as const
export type ApplicationKind = (typeof applicationKinds)[number]
const idTokenAlgs = ['RS256', 'ES256'] as const

export const applicationDefaults = {
  post_logout_redirect_uris: [],
  origins: [],
  roles: null,
  trusted: false,
  id_token_alg: 'RS256',
} as const

const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  text: 'line',
  description: 'What people are shown when it asks for access',
  examples: ['Reading room'],
})
const Kind = OneOf(applicationKinds, {
  description:
    'browser: a page without a server of its own; native: a program on a telephone or computer; server: it keeps a secret. Cannot be changed later',
})
const Uri = Type.String({ minLength: 1, maxLength: 2_000 })
const RedirectUris = Type.Array(Uri, {
  maxItems: listMax,
  uniqueItems: true,
  description:
    'Where people are sent back to, compared character by character. https, or http on a loopback address, where a native application may use any port; native ones also have schemes such as `com.example.app:/done`, and may have none, to sign people in by device codes',
  examples: [['https://app.example.org/signed-in']],
})
const LogoutUris = Type.Array(Uri, {
  maxItems: listMax,
  uniqueItems: true,
  description: 'Where people may be sent after signing out, compared character by character',
})
const Origins = Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
  maxItems: listMax,
  uniqueItems: true,
  description: 'The origins of its pages, which may call the API with its tokens (CORS)',
  examples: [['https://app.example.org']],
})
const scopeList = (name: typeof OneOf | typeof Growing) =>
  Type.Array(name(scopeNames), {
    maxItems: scopeNames.length,
    uniqueItems: true,
    description:
      'What it may ask people for, beside openid, profile, email and offline_access. A token never does more than its person may do now',
  })
const Roles = Type.Array(RoleInput, { minItems: 1, maxItems: 50, uniqueItems: true })
const Trusted = Type.Boolean({ description: 'People are not asked before it acts for them' })
const IdTokenAlg = OneOf(idTokenAlgs, { description: 'How its id_tokens are signed' })
const Secret = Type.String({
  description: 'Shown in this response, and never again; null unless the application is a server',
})

const fields = {
  id: Id,
  client_id: Type.String({ examples: ['cs_app_Zk3f8Qm2Lr7Xw1Tn5Vb9'] }),
  name: Name,
  kind: Growing(applicationKinds),
  redirect_uris: Type.Array(Type.String()),
  post_logout_redirect_uris: Type.Array(Type.String()),
  origins: Type.Array(Type.String()),
  scopes: scopeList(Growing),
  roles: Nullable(
    Type.Array(RoleName, { description: 'Who may sign in to it; null: everybody with an account' }),
  ),
  trusted: Trusted,
  id_token_alg: Growing(idTokenAlgs),
  created_at: Timestamp,
  updated_at: Timestamp,
}

export const Application = closed(fields, { title: 'Application' })
export const ApplicationWithSecret = closed(
  { ...fields, client_secret: Nullable(Secret) },
  { title: 'ApplicationWithSecret' },
)

const settable = {
  post_logout_redirect_uris: Clearable(LogoutUris),
  origins: Clearable(Origins),
  roles: Clearable(Roles),
  trusted: Clearable(Type.Boolean({ ...Trusted, default: applicationDefaults.trusted })),
  id_token_alg: Clearable(
    Type.Unsafe<Static<typeof IdTokenAlg>>({ ...IdTokenAlg, default: applicationDefaults.id_token_alg }),
  ),
}

export const ApplicationCreate = closed(
  { name: Name, kind: Kind, redirect_uris: RedirectUris, scopes: scopeList(OneOf), ...settable },
  { title: 'ApplicationCreate' },
)

export const ApplicationUpdate = closed(
  {
    name: Type.Optional(Name),
    redirect_uris: Type.Optional(RedirectUris),
    scopes: Type.Optional(scopeList(OneOf)),
    ...settable,
  },
  { title: 'ApplicationUpdate' },
)

/** The orders of the list; the first is the default. */
export const applicationSorts = ['-created_at', 'created_at'] as const

/** An application as one of the people who use it sees it. */
export const AuthorizedApplication = closed(
  {
    id: Type.Integer({ ...Id, description: 'The id of the application' }),
    name: Type.String(),
    scopes: Type.Array(Growing([...identityScopes, ...scopeNames])),
    created_at: Type.String({ ...Timestamp, description: 'When you first allowed it' }),
    last_used_at: Nullable(
      Type.String({ ...Timestamp, description: 'When it last got a token; null unless it is signed in' }),
    ),
  },
  { title: 'AuthorizedApplication' },
)
export const authorizedSorts = ['-created_at', 'created_at'] as const
export const AuthorizedApplicationPage = PageOf(AuthorizedApplication)

export type Application = Static<typeof Application>
export type ApplicationCreate = Static<typeof ApplicationCreate>
export type ApplicationUpdate = Static<typeof ApplicationUpdate>
export type AuthorizedApplication = Static<typeof AuthorizedApplication>
