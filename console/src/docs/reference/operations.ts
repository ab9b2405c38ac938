import {
  type Content,
  type Header,
  type OpenApi,
  type Parameter,
  type RawOperation,
  resolved,
} from './openapi.ts'
import { inReadingOrder } from './order.ts'

/** A call of the API, with all references resolved. */
export interface Operation {
  id: string
  method: string
  path: string
  tag: string
  summary: string
  description: string
  isDeprecated: boolean
  access: Access
  parameters: readonly Parameter[]
  body: { isRequired: boolean; content: Content } | undefined
  answers: readonly Answer[]
}

/** Who may call. A session is accepted wherever a credential is. */
export type Access =
  | { kind: 'public' }
  | { kind: 'session' }
  | { kind: 'credential'; scopes: readonly string[] }

export interface Answer {
  status: string
  description: string
  headers: Readonly<Record<string, Header>>
  content: Content
}

export interface TagGroup {
  tag: string
  operations: readonly Operation[]
}

/** The guide that explains the calls of a tag. */
export const guideOfTag: Readonly<Record<string, string>> = {
  OAuth: 'authentication',
  Users: 'users',
  Documents: 'documents',
  Categories: 'documents',
  Webhooks: 'webhooks',
  Automations: 'automations',
  Hooks: 'hooks',
  Applications: 'authentication',
  Events: 'events',
  Credentials: 'authentication',
  'Credential requests': 'authentication',
  Roles: 'narrowing',
  'Request log': 'request-log',
  Mail: 'mail',
  'Audit log': 'audit-log',
  Sessions: 'authentication',
  Me: 'users',
  Setup: 'quick-start',
  Operations: 'self-hosting',
}

/** Tags in the order of the OpenAPI document, and the endpoints of each in reading order. */
export function tagGroupsOf(api: OpenApi): TagGroup[] {
  const operations = operationsOf(api)
  return api.tags
    .map(({ name }) => ({
      tag: name,
      operations: inReadingOrder(
        name,
        operations.filter(({ tag }) => tag === name),
      ),
    }))
    .filter((group) => group.operations.length > 0)
}

export function operationsOf(api: OpenApi): Operation[] {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operationOf(api, method.toUpperCase(), path, raw)),
  )
}

function operationOf(api: OpenApi, method: string, path: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId,
    method,
    path,
    tag: raw.tags?.[0] ?? 'Other',
    summary: raw.summary ?? raw.operationId,
    description: raw.description ?? '',
    isDeprecated: raw.deprecated === true,
    access: accessOf(raw),
    parameters: (raw.parameters ?? []).map((parameter) => resolved(api, parameter)),
    body: raw.requestBody && {
      isRequired: raw.requestBody.required === true,
      content: raw.requestBody.content,
    },
    answers: Object.entries(raw.responses).map(([status, rawAnswer]) => {
      const { description = '', headers = {}, content = {} } = resolved(api, rawAnswer)
      const named = Object.entries(headers).map(([name, header]) => [name, resolved(api, header)] as const)
      return { status, description, headers: Object.fromEntries(named), content }
    }),
  }
}

function accessOf({ security = [] }: RawOperation): Access {
  if (security.length === 0) return { kind: 'public' }
  const oauth2 = security.find((way) => 'oauth2' in way)
  return oauth2 ? { kind: 'credential', scopes: oauth2.oauth2 ?? [] } : { kind: 'session' }
}
