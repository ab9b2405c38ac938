import type { AuditRecord } from 'comserv'

/** Actions that no verb describes, in words. */
const sentences: Readonly<Record<string, string>> = {
  'user.refuse_sign_in': 'failed to sign in',
  'user.password': 'changed the password',
  'user.refuse_password': 'entered a wrong password to confirm a change',
  'user.reset_password': 'created a link to reset the password',
  'user.refuse_reset': 'used an invalid or expired link to reset the password',
  'user.export_personal_data': 'downloaded the personal data',
  'user.request_erasure': 'requested the erasure',
  'user.cancel_erasure': 'cancelled the erasure',
  'user.erase': 'erased the person permanently',
  'document.refuse_publication':
    'did not publish a scheduled document: its scheduler is no longer allowed to',
  'credential.refuse': 'used a key or token that was refused',
  'credential.refuse_token': 'was refused a token',
  'credential.rotate': 'rotated the secret',
  'credential.end_previous_secret': 'ended the grace period of the previous secret',
  'webhook.rotate_secret': 'rotated the secret',
  'webhook.end_previous_secret': 'ended the overlap of the previous secret',
  'webhook.test': 'sent a test',
  'webhook.recover': 'resent failed deliveries',
  'webhook.disable': 'disabled the webhook: it failed for too long',
  'delivery.resend': 'resent the delivery',
  'delivery.cancel': 'cancelled the delivery',
  'session.create': 'signed in',
  'session.confirm': 'confirmed the password',
  'session.delete': 'ended a session',
  'signing_key.rotate': 'rotated the key that signs tokens',
  'secret_key.rotate': 'rotated the secret key',
  'credential_request.create': 'requested a key',
  'credential_request.approve': 'approved the key request',
  'credential_request.refuse': 'refused the key request',
  'credential_request.withdraw': 'withdrew the key request',
  'credential_request.collect': 'collected the key',
  'credential_request.lapse': 'did not collect the key in time',
  'request.refuse': 'was refused a request',
  'setup.refuse': 'used a wrong setup link',
  'audit_log.prune': 'pruned old rows',
  'backup.create': 'made a backup',
  'backup.restore': 'restored a backup',
}

const verbs: Readonly<Record<string, string>> = {
  create: 'created',
  update: 'changed',
  delete: 'deleted',
  restore: 'restored',
  purge: 'purged',
  revoke: 'revoked',
}

/** What a row says, after the name of who did it: `changed document 12`. Undefined for an action that is not known. */
export function sentenceOf({ action, target }: Pick<AuditRecord, 'action' | 'target'>): string | undefined {
  const sentence = sentences[action]
  if (sentence) return sentence
  const [, verb = ''] = action.split('.')
  const what = target.type.replaceAll('_', ' ')
  if (verb === 'export') return `downloaded a list (${what})`
  if (verb === 'show_secret') return 'was shown the secret'
  const done = verbs[verb]
  return done && `${done} ${target.id === null ? what : `${what} ${target.id}`}`
}
