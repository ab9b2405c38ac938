import type { CallOptions } from '../call-options.ts'
import type { Http } from '../http.ts'
import type { AuditLogQuery, AuditRecord } from '../types.ts'

export type AuditLog = ReturnType<typeof auditLogOf>

/** Scope `audit:read`: who did what, when and from where. */
export function auditLogOf(http: Http) {
  return {
    list: (query?: AuditLogQuery, options?: CallOptions) =>
      http.list<AuditRecord>('/api/v1/audit-log', query, options),
  }
}
