import type { components, operations } from './generated/api.ts'

/**
 * Names for what the API takes and answers. The shapes are generated from openapi.json and never written by hand; only
 * the bodies of events, which openapi.json leaves open, stand in event-types.ts.
 */
type Schemas = components['schemas']

/** What is sent: a field that may be left out may be `undefined` as well. */
type Sent<T> = {
  [K in keyof T as object extends Pick<T, K> ? never : K]: T[K]
} & {
  [K in keyof T as object extends Pick<T, K> ? K : never]?: T[K] | undefined
}

/** The query parameters of an operation. */
type Query<Name extends keyof operations> = Sent<NonNullable<operations[Name]['parameters']['query']>>

/** Where a list stands: the three figures of every page. */
export interface ListMeta {
  current_page: number
  total_pages: number
  total_count: number
}

export type User = Schemas['User']
export type CreatedUser = Schemas['CreatedUser']
export type ListedUser = Schemas['ListedUser']
export type TrashedUser = Schemas['TrashedUser']
export type UserCreate = Sent<Schemas['UserCreate']>
export type UserUpdate = Sent<Schemas['UserUpdate']>
export type UserRestore = Sent<Schemas['UserRestore']>
export type UserBatchItem = Schemas['UserBatch']['items'][number]
export type UserBatchResult = Schemas['UserBatchResult']
export type UserListQuery = Query<'listUsers'>
export type UserTrashQuery = Query<'listTrashedUsers'>
/** Without `format`: how an export is read chooses its form. */
export type UserExportQuery = Omit<Query<'exportUsers'>, 'format'>

export type Document = Schemas['Document']
export type ListedDocument = Schemas['ListedDocument']
export type TrashedDocument = Schemas['TrashedDocument']
export type Revision = Schemas['Revision']
export type ListedRevision = Schemas['ListedRevision']
export type DocumentCreate = Sent<Schemas['DocumentCreate']>
export type DocumentUpdate = Sent<Schemas['DocumentUpdate']>
export type DocumentBatchItem = Schemas['DocumentBatch']['items'][number]
export type DocumentBatchResult = Schemas['DocumentBatchResult']
export type DocumentListQuery = Query<'listDocuments'>
export type DocumentTrashQuery = Query<'listTrashedDocuments'>
export type DocumentExportQuery = Omit<Query<'exportDocuments'>, 'format'>
export type RevisionListQuery = Query<'listDocumentRevisions'>
export type CategoryUse = Schemas['CategoryUse']
export type DocumentCategoriesQuery = Query<'listDocumentCategories'>

export type Category = Schemas['Category']
export type TrashedCategory = Schemas['TrashedCategory']
export type CategoryCreate = Sent<Schemas['CategoryCreate']>
export type CategoryUpdate = Sent<Schemas['CategoryUpdate']>
export type CategoryBatchItem = Schemas['CategoryBatch']['items'][number]
export type CategoryBatchResult = Schemas['CategoryBatchResult']
export type CategoryListQuery = Query<'listCategories'>
export type CategoryTrashQuery = Query<'listTrashedCategories'>
export type CategoryExportQuery = Omit<Query<'exportCategories'>, 'format'>

export type Credential = Schemas['Credential']
export type CredentialWithSecret = Schemas['CredentialWithSecret']
export type CredentialCreate = Sent<Schemas['CredentialCreate']>
export type CredentialUpdate = Sent<Schemas['CredentialUpdate']>
export type CredentialRotate = Sent<Schemas['CredentialRotate']>
export type CredentialUsage = Schemas['CredentialUsage']
export type CredentialListQuery = Query<'listCredentials'>
export type CredentialUsageQuery = Query<'getCredentialUsage'>
export type TotalUsage = Schemas['TotalUsage']
export type TotalUsageQuery = Query<'getTotalUsage'>

export type Webhook = Schemas['Webhook']
export type WebhookHealth = Schemas['WebhookHealth']
export type WebhookWithSecret = Schemas['WebhookWithSecret']
export type WebhookCreate = Sent<Schemas['WebhookCreate']>
export type WebhookUpdate = Sent<Schemas['WebhookUpdate']>
export type SecretRotate = Sent<Schemas['SecretRotate']>
export type Recover = Schemas['Recover']
export type Recovered = Schemas['Recovered']
export type WebhookListQuery = Query<'listWebhooks'>

export type Delivery = Schemas['Delivery']
export type DeliveryAttempt = Schemas['DeliveryAttempt']
export type DeliveryWithAttempts = Schemas['DeliveryWithAttempts']
export type DeliveryListQuery = Query<'listDeliveries'>
export type DeliveryOutcomes = Schemas['DeliveryOutcomes']
export type DeliveryOutcomesQuery = Query<'getDeliveryOutcomes'>

export type EventTypeInfo = Schemas['EventTypeInfo']
export type EventListQuery = Query<'listEvents'>

export type AuditRecord = Schemas['AuditRecord']
export type AuditLogQuery = Query<'listAuditLog'>

export type MeUpdate = Sent<Schemas['MeUpdate']>
export type PasswordChange = Schemas['PasswordChange']
export type SignIn = Schemas['SignIn']
export type Session = Schemas['Session']
export type ListedSession = Schemas['ListedSession']
export type SessionListQuery = Query<'listMySessions'>
export type Catalog = Schemas['Catalog']
export type SetupState = Schemas['SetupState']
export type Setup = Sent<Schemas['Setup']>

export type Health = Schemas['Health']
export type Token = Schemas['TokenResponse']
export type Introspection = Schemas['Introspection']

/** The values that may be sent; a later server may return others, so what is read is a string. */
export type Role = NonNullable<Schemas['UserCreate']['role']>
export type UserStatus = Schemas['User']['status']
export type DocumentStatus = Schemas['Document']['status']
/** What a credential may hold, the groups `read` and `write` included. */
export type Scope = Schemas['CredentialCreate']['scopes'][number]
export type Tier = Schemas['Credential']['tier']
/** What a webhook can subscribe to. */
export type SubscribableType = Schemas['WebhookCreate']['events'][number]

/** What a batch answers: one result for each item, in order. */
export interface BatchAnswer<Result> {
  data: Result[]
  meta: { succeeded: number; failed: number }
}
