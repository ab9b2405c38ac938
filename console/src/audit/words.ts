import type { AuditRecord } from 'comserv'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'

/** Actions that no verb describes, in words. */
const sentences: Readonly<Record<string, string>> = {
  'user.refuse_sign_in': t('failed to sign in'),
  'user.password': t('changed the password'),
  'user.refuse_password': t('entered a wrong password to confirm a change'),
  'user.reset_password': t('created a link to reset the password'),
  'user.refuse_reset': t('used an invalid or expired link to reset the password'),
  'user.export_personal_data': t('downloaded the personal data'),
  'user.request_erasure': t('requested the erasure'),
  'user.cancel_erasure': t('cancelled the erasure'),
  'user.erase': t('erased the person permanently'),
  'document.refuse_publication': t(
    'did not publish a scheduled document: its scheduler is no longer allowed to',
  ),
  'credential.refuse': t('used a key or token that was refused'),
  'credential.refuse_token': t('was refused a token'),
  'credential.rotate': t('rotated the secret'),
  'credential.end_previous_secret': t('ended the grace period of the previous secret'),
  'webhook.rotate_secret': t('rotated the secret'),
  'webhook.end_previous_secret': t('ended the overlap of the previous secret'),
  'webhook.test': t('sent a test'),
  'webhook.recover': t('sent past events'),
  'webhook.disable': t('disabled the webhook: it failed for too long'),
  'hook.rotate_secret': t('rotated the secret'),
  'hook.end_previous_secret': t('ended the overlap of the previous secret'),
  'hook.test': t('sent a test'),
  'application.rotate_secret': t('rotated the secret'),
  'application.sign_in': t('signed in to the application'),
  'application.withdraw': t('removed the access of the application'),
  'application.end_replayed': t('ended the sign-in to the application: a code or token was used twice'),
  'application.refuse_token': t('was refused a token'),
  'delivery.resend': t('resent the delivery'),
  'delivery.cancel': t('cancelled the delivery'),
  'user.activate_totp': t('set up an authenticator app'),
  'user.make_recovery_codes': t('made new recovery codes'),
  'user.use_recovery_code': t('used a recovery code'),
  'user.remove_second_factors': t('removed the second step of the sign-in'),
  'user.refuse_code': t('entered a wrong code'),
  'user.add_passkey': t('added a passkey'),
  'user.rename_passkey': t('renamed a passkey'),
  'user.remove_passkey': t('removed a passkey'),
  'user.refuse_passkey': t('was refused with a passkey'),
  'session.create': t('signed in'),
  'session.confirm': t('confirmed with the password, a code or a passkey'),
  'session.delete': t('ended a session'),
  'signing_key.rotate': t('rotated the key that signs tokens'),
  'secret_key.rotate': t('rotated the secret key'),
  'credential_request.create': t('requested a key'),
  'credential_request.approve': t('approved the key request'),
  'credential_request.refuse': t('refused the key request'),
  'credential_request.withdraw': t('withdrew the key request'),
  'credential_request.collect': t('collected the key'),
  'credential_request.lapse': t('did not collect the key in time'),
  'request.refuse': t('was refused a request'),
  'setup.refuse': t('used a wrong setup link'),
  'audit_log.prune': t('pruned old rows'),
  'backup.create': t('made a backup'),
  'backup.fail': t('could not make a backup'),
  'backup.restore': t('restored a backup'),
  'database.move': t('moved everything to another database'),
  'database.cancel_move': t('cancelled the move to another database'),
}

const verbs: Readonly<Record<string, string>> = {
  create: t('created'),
  update: t('changed'),
  delete: t('deleted'),
  restore: t('restored'),
  purge: t('purged'),
  revoke: t('revoked'),
}

/** What a row says, after the name of who did it: `changed document 12`. Undefined for an action that is not known. */
export function sentenceOf({ action, target }: Pick<AuditRecord, 'action' | 'target'>): string | undefined {
  const sentence = sentences[action]
  if (sentence) return sentence
  const [, verb = ''] = action.split('.')
  const what = word(target.type)
  if (verb === 'export') return t('downloaded a list ({{what}})', { what })
  if (verb === 'show_secret') return t('was shown the secret')
  const done = verbs[verb]
  return done && t('{{done}} {{what}}', { done, what: target.id === null ? what : `${what} ${target.id}` })
}
