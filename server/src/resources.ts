import { applications } from './applications/applications.ts'
import { automations } from './automations/automations.ts'
import { categories } from './categories/categories.ts'
import { credentials } from './credentials/credentials.ts'
import { documents } from './documents/documents.ts'
import { subject as document } from './documents/hooked.ts'
import { extensions } from './extension/loaded.ts'
import { tagOf } from './extension/names.ts'
import { hooks } from './hooks/hooks.ts'
import { catalogOf } from './resource/catalog.ts'
import type { Resource } from './resource/resource.ts'
import { roles } from './roles/roles.ts'
import { subject as user } from './users/hooked.ts'
import { users } from './users/users.ts'
import { ping } from './webhooks/events.ts'
import { webhooks } from './webhooks/webhooks.ts'

/** Loaded only where there are some. */
const ofExtensions = extensions.some((one) => one.resources)
  ? (await import('./extensions/resources.ts')).extensionResources(extensions)
  : []

const subscribed: readonly Resource[] = [users, documents, categories, credentials, ...ofExtensions]

/** Everything that the API lets programs keep here. */
export const resources: readonly Resource[] = [
  ...subscribed,
  roles,
  webhooks(subscribed.flatMap(({ events }) => events)),
  automations(subscribed.flatMap(({ events }) => events)),
  hooks({ user, document }),
  applications,
]

export const catalog = catalogOf(resources, {
  eventTypes: [ping],
  tags: extensions.map((one) => ({ name: tagOf(one), description: one.about ?? '' })),
  auditActions: [
    'test_receiver.create',
    'test_receiver.delete',
    'session.create',
    'session.confirm',
    'session.delete',
    'signing_key.rotate',
    'secret_key.rotate',
    'credential_request.create',
    'credential_request.approve',
    'credential_request.refuse',
    'credential_request.withdraw',
    'credential_request.collect',
    'credential_request.lapse',
    'mail.resend',
    'user.activate_totp',
    'user.make_recovery_codes',
    'user.use_recovery_code',
    'user.remove_second_factors',
    'user.add_passkey',
    'user.rename_passkey',
    'user.remove_passkey',
    'user.refuse_passkey',
    'user.refuse_code',
    'user.refuse_sign_in',
    'credential.refuse',
    'credential.refuse_token',
    'request.refuse',
    'setup.refuse',
    'audit_log.export',
    'audit_log.prune',
    'user.refuse_reset',
    'user.export_personal_data',
    'user.request_erasure',
    'user.cancel_erasure',
    'user.erase',
    'backup.create',
    'backup.fail',
    'backup.restore',
  ],
})
