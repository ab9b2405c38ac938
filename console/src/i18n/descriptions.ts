import { t } from './t.ts'

/** What the API says of its scopes, built-in roles and event types, by their names; `npm run check` compares them. */
const known: Readonly<Record<'scope' | 'role' | 'event', Readonly<Record<string, string>>>> = {
  scope: {
    'users:read': t('Read users'),
    'users:write': t('Create, change and delete users'),
    'documents:read': t('Read documents'),
    'documents:write': t('Create, change and delete documents'),
    'events:read': t('Read the event log'),
    'webhooks:read': t('Read webhooks and their deliveries'),
    'webhooks:write': t('Create, change and delete webhooks'),
    'credentials:read': t('Read credentials'),
    'credentials:write': t('Create, rotate and revoke credentials'),
    'automations:read': t('Read automations and their runs'),
    'automations:write': t('Create, change, run and delete automations'),
    'audit:read': t('Read the audit log'),
    admin: t(
      'Everything, including what no other scope allows: administrators, roles, and granting any scope',
    ),
  },
  role: {
    admin: t('Full access, including roles, administrators and the audit log'),
    developer: t(
      'Builds integrations: reads users and documents, and manages their own credentials and webhooks',
    ),
    editor: t('Writes and publishes documents, and reads users'),
    normal: t('Reads published documents'),
  },
  event: {
    'user.created': t('New user registration'),
    'user.updated': t('User profile update'),
    'user.deleted': t('User deleted; the data is its state before deletion'),
    'user.erased': t('User erased permanently; the names in the data are placeholders. Delete your copies'),
    'document.created': t('New document created'),
    'document.updated': t('Document updated'),
    'document.published': t('Document published'),
    'document.deleted': t('Document deleted; the data is its state before deletion'),
    'category.created': t('New category created'),
    'category.updated': t('Category updated'),
    'category.deleted': t('Category deleted; the data is its state before deletion'),
    ping: t('A test of a webhook, sent to it alone; the data names the webhook'),
  },
}

/** In the language of the page, or as the API says it where the name is new, such as that of an own role. */
export function described(
  kind: keyof typeof known,
  { name, description }: { name: string; description: string },
): string {
  return (Object.hasOwn(known[kind], name) ? known[kind][name] : undefined) ?? description
}
