import type { Credential, CredentialCreate, CredentialUpdate, Scope, Tier } from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import { localInput, toUtc } from '../list/filter-bar.tsx'
import { type RuleValues, rulesInput, ruleValuesOf } from '../rules/rule-values.ts'

export type CredentialValues = {
  name: string
  scopes: Scope[]
  rules: RuleValues[]
  tier: Tier
  /** `never`, a number of days, or `at` for the value of `expires_at`. */
  expiry: string
  expires_at: string
  allowed_ips: string
}

const dayMs = 86_400_000

export function valuesOf(credential?: Credential): CredentialValues {
  return {
    name: credential?.name ?? '',
    scopes: (credential?.scopes as Scope[] | undefined) ?? ['read'],
    rules: ruleValuesOf(credential?.rules),
    tier: credential?.tier ?? 'standard',
    expiry: credential?.expires_at ? 'at' : 'never',
    expires_at: credential?.expires_at ? localInput(credential.expires_at) : '',
    allowed_ips: (credential?.allowed_ips ?? []).join('\n'),
  }
}

export function createInput(values: CredentialValues): CredentialCreate {
  const { name, scopes, rules, tier, expiry, expires_at, allowed_ips } = values
  const ranges = allowed_ips.split(/[\s,]+/).filter(Boolean)
  return {
    name,
    scopes,
    rules: rulesInput(rules),
    tier,
    expires_at: endOf(expiry, expires_at),
    allowed_ips: ranges.length > 0 ? ranges : null,
  }
}

/** Only the changed fields, so that nothing else is overwritten. */
export function updateInput(before: Credential, values: CredentialValues): CredentialUpdate {
  return patchOf<CredentialUpdate>(createInput(valuesOf(before)), createInput(values))
}

function endOf(expiry: string, at: string): string | null {
  if (expiry === 'never') return null
  if (expiry === 'at') return toUtc(at)
  return `${new Date(Date.now() + Number(expiry) * dayMs).toISOString().slice(0, 19)}Z`
}
