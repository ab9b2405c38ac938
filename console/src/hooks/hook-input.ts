import type { Hook, HookCreate, HookUpdate } from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import type { HookAction } from './hooks.ts'

export type HookValues = {
  url: string
  actions: HookAction[]
  on_failure: Hook['on_failure']
  timeout_ms: number | string
  description: string
  status: Hook['status']
  ownSecret: string
  secret: string
}

export function valuesOf(hook?: Hook): HookValues {
  return {
    url: hook?.url ?? '',
    actions: (hook?.actions as HookAction[] | undefined) ?? [],
    on_failure: hook?.on_failure ?? 'refuse',
    timeout_ms: hook?.timeout_ms ?? 1_000,
    description: hook?.description ?? '',
    // Changes wait for it, or are refused, before its receiver knows the secret.
    status: hook?.status ?? 'paused',
    ownSecret: 'generated',
    secret: '',
  }
}

export function createInput(values: HookValues): HookCreate {
  const { status, ownSecret, secret } = values
  return { ...settingsOf(values), status, ...(ownSecret === 'own' ? { secret } : {}) }
}

/** Only the changed fields; it is paused and resumed on its page. */
export function updateInput(before: Hook, values: HookValues): HookUpdate {
  return patchOf(settingsOf(valuesOf(before)), settingsOf(values))
}

function settingsOf({ url, actions, on_failure, timeout_ms, description }: HookValues) {
  // The API says what an empty or half typed number has to be.
  return { url, actions, on_failure, timeout_ms: timeout_ms as number, description }
}
