import { number } from './format.ts'
import { t } from './t.ts'

/** Words of the API that pages show: statuses, built-in roles, parts of scopes, kinds of records. */
const words: Record<string, string> = {
  active: t('active'),
  admin: t('admin'),
  anonymous: t('anonymous'),
  application: t('application'),
  approved: t('approved'),
  archived: t('archived'),
  audit: t('audit'),
  audit_log: t('audit log'),
  backup: t('backup'),
  database: t('database'),
  cancelled: t('cancelled'),
  categories: t('categories'),
  category: t('category'),
  collected: t('collected'),
  credential: t('credential'),
  credential_request: t('credential request'),
  credentials: t('credentials'),
  delivered: t('delivered'),
  delivery: t('delivery'),
  developer: t('developer'),
  disabled: t('disabled'),
  discarded: t('discarded'),
  document: t('document'),
  documents: t('documents'),
  draft: t('draft'),
  editor: t('editor'),
  erase: t('erase'),
  erased: t('erased'),
  events: t('events'),
  expired: t('expired'),
  expiring: t('expiring'),
  failed: t('failed'),
  failing: t('failing'),
  healthy: t('healthy'),
  held: t('held'),
  hook: t('hook'),
  inactive: t('inactive'),
  interrupted: t('interrupted'),
  lapsed: t('lapsed'),
  manage: t('manage'),
  normal: t('normal'),
  operator: t('operator'),
  passed: t('passed'),
  paused: t('paused'),
  pending: t('pending'),
  premium: t('premium'),
  published: t('published'),
  read: t('read'),
  refused: t('refused'),
  request: t('request'),
  revoked: t('revoked'),
  role: t('role'),
  roles: t('roles'),
  scheduled: t('scheduled'),
  secret_key: t('secret key'),
  sending: t('sending'),
  session: t('session'),
  setup: t('setup'),
  signing_key: t('signing key'),
  standard: t('standard'),
  succeeded: t('succeeded'),
  suspended: t('suspended'),
  system: t('system'),
  test_receiver: t('test receiver'),
  untested: t('untested'),
  user: t('user'),
  users: t('users'),
  waiting: t('waiting'),
  webhook: t('webhook'),
  webhooks: t('webhooks'),
  withdrawn: t('withdrawn'),
  write: t('write'),
}

/** A word of the API in the language of the page. One that is not known, such as the name of a role, stays as it is. */
export function word(name: string): string {
  return (Object.hasOwn(words, name) ? words[name] : undefined) ?? name.replaceAll('_', ' ')
}

const singular: Record<string, string> = {}

/** Words that come from elsewhere, such as those of an extension; for `counted`, those of a plural. */
export function addWords(name: string, { one, many }: { one: string; many: string }): void {
  words[name] = many
  singular[name] = one
}

/** `3 documents`. */
export function counted(plural: string, count: number): string {
  if (plural === 'users') return t('{{count}} users', { count })
  if (plural === 'documents') return t('{{count}} documents', { count })
  return `${number(count)} ${(count === 1 && singular[plural]) || word(plural)}`
}
