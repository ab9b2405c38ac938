import { plainKinds } from '../plain/plain-kinds.ts'

/** Where each kind of thing that events and the audit log tell of has its pages. */
const places: { readonly [type: string]: string } = {
  user: '/console/users',
  document: '/console/documents',
  credential: '/console/developer/credentials',
  webhook: '/console/developer/webhooks',
  delivery: '/console/developer/deliveries',
  ...Object.fromEntries(plainKinds.map(({ noun, path }) => [noun, path])),
}

/** Nothing, where it has no page. */
export function placeOf(type: string, id: number | null): string | undefined {
  return id === null || !Object.hasOwn(places, type) ? undefined : `${places[type]}/${id}`
}
