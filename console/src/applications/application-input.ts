import type { Application, ApplicationCreate, ApplicationUpdate, Scope } from 'comserv'
import { patchOf } from '../diff/field-changes.tsx'
import { filledRows } from '../form/text-rows.tsx'
import type { ApplicationKind } from './applications.ts'

export type ApplicationValues = {
  name: string
  kind: ApplicationKind
  redirect_uris: string[]
  origins: string[]
  post_logout_redirect_uris: string[]
  scopes: Scope[]
  /** `everybody` or `roles`. */
  who: string
  roles: string[]
  trusted: boolean
  id_token_alg: string
}

export function valuesOf(application?: Application): ApplicationValues {
  return {
    name: application?.name ?? '',
    kind: (application?.kind as ApplicationKind | undefined) ?? 'browser',
    redirect_uris: application?.redirect_uris ?? [''],
    origins: application?.origins ?? [],
    post_logout_redirect_uris: application?.post_logout_redirect_uris ?? [],
    scopes: (application?.scopes as Scope[] | undefined) ?? ['documents:read'],
    who: application?.roles ? 'roles' : 'everybody',
    roles: application?.roles ?? [],
    trusted: application?.trusted ?? false,
    id_token_alg: application?.id_token_alg ?? 'RS256',
  }
}

export function createInput(values: ApplicationValues): ApplicationCreate {
  return { kind: values.kind, ...settingsOf(values) }
}

/** Only the changed fields. */
export function updateInput(before: Application, values: ApplicationValues): ApplicationUpdate {
  return patchOf<ApplicationUpdate>(settingsOf(valuesOf(before)), settingsOf(values))
}

function settingsOf(values: ApplicationValues) {
  const { name, scopes, who, roles, trusted, id_token_alg } = values
  return {
    name,
    redirect_uris: filledRows(values.redirect_uris),
    origins: filledRows(values.origins),
    post_logout_redirect_uris: filledRows(values.post_logout_redirect_uris),
    scopes,
    roles: who === 'roles' ? roles : null,
    trusted,
    id_token_alg: id_token_alg as 'RS256',
  }
}
