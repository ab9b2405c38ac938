/** The package: everything that a program may import, and nothing else. */
export type { Answer, Call } from './call.ts'
export type { BatchOptions, CallOptions, ChangeOptions, PostOptions } from './call-options.ts'
export { Comserv } from './comserv.ts'
export * from './errors.ts'
export type { EventStream } from './event-stream.ts'
export type * from './event-types.ts'
export type { Export, ExportFormat } from './export.ts'
export type {
  ExtensionBatchItem,
  ExtensionBatchResult,
  ExtensionExportQuery,
  ExtensionListQuery,
  ExtensionRecord,
  ExtensionResource,
  TrashedExtensionRecord,
} from './extension-resource.ts'
export { type HookRequest, type VerifyHookOptions, verifyHook } from './hook-verification.ts'
export type { DeviceCode, LoginOptions } from './login.ts'
export type {
  ApiKey,
  BrowserSession,
  ClientCredentials,
  ComservOptions,
  Fetch,
  PersonAccess,
} from './options.ts'
export type { ListCall, Page } from './page.ts'
export type { RateLimit } from './rate-limit.ts'
export type { SignInOptions, SignInRequest } from './sign-in.ts'
export { SignInError } from './sign-in-error.ts'
export type { VerifyOptions, WebhookHeaders } from './signed-request.ts'
export type { TokenStore } from './stored-token.ts'
export type * from './types.ts'
export { version } from './version.ts'
export { verifyWebhook, type WebhookEvent } from './webhook-verification.ts'
