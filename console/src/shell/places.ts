import { plainKinds } from '../plain/plain-kinds.ts'

/** The pages of each kind of record that events and the audit log name. */
const places: { readonly [type: string]: string } = {
  user: '/console/users',
  document: '/console/documents',
  credential: '/console/developer/credentials',
  credential_request: '/console/developer/requests',
  application: '/console/developer/applications',
  webhook: '/console/developer/webhooks',
  hook: '/console/developer/hooks',
  automation: '/console/automations',
  delivery: '/console/developer/deliveries',
  ...Object.fromEntries(plainKinds.map(({ noun, path }) => [noun, path])),
}

/** Undefined if it has no page. */
export function placeOf(type: string, id: number | null): string | undefined {
  // Of an extension: `x.invoices.invoice`.
  if (id && type.startsWith('x.')) return `/console/${type.replaceAll('.', '/')}/${id}`
  return id === null || !Object.hasOwn(places, type) ? undefined : `${places[type]}/${id}`
}
