import type { Catalog, Credential, Scope, Webhook } from 'comserv'
import { expanded } from '../credentials/scopes.ts'
import { t } from '../i18n/t.ts'
import { wordsOfRule } from '../rules/rule-list.tsx'
import { narrowable } from '../rules/rule-values.ts'
import { isWithin, rulesFor } from '../rules/within.ts'

type Role = Catalog['roles'][number]

/** A change of role, as the catalog of the server describes both. */
export interface RoleChange {
  before: Role
  after: Role
}

const narrowedTo = {
  'documents:read': (documents: string) => t('It reads only {{documents}}.', { documents }),
  'documents:write': (documents: string) => t('It changes only {{documents}}.', { documents }),
} as const

/** What a key of the user does no longer, in sentences. */
export function lossesOfKey(
  { scopes, rules }: Pick<Credential, 'scopes' | 'rules'>,
  known: Catalog['scopes'],
  { before, after }: RoleChange,
): string[] {
  const named = new Set<string>(expanded(known, scopes as Scope[]))
  const given = named.has('admin') ? new Set<string>(before.scopes) : named
  const lost = new Set<string>(before.scopes).difference(new Set<string>(after.scopes))
  const gone = named.has('admin') && lost.has('admin') ? ['admin'] : [...given.intersection(lost)]
  const keeps = (scope: string) => given.has(scope) && after.scopes.some((one) => one === scope)
  const narrowed = narrowable.filter((scope) => keeps(scope) && isNarrowed(scope, rules, { before, after }))
  const manages = [...given].some((scope) => /^(credentials|webhooks):/.test(scope) && keeps(scope))
  return [
    gone.length > 0 && t('The key loses {{scopes}}.', { scopes: gone.join(', ') }),
    ...narrowed.map((scope) => narrowedTo[scope](reachedBy(after, scope))),
    narrowed.includes('documents:read') && keeps('audit:read') && t('It cannot read the audit log.'),
    manages && after.own_only && !before.own_only && t('It sees only the keys and webhooks of its owner.'),
  ].filter((sentence) => sentence !== false)
}

/** What a webhook of the user is no longer sent. */
export function lossesOfWebhook(
  { events, rules }: Pick<Webhook, 'events' | 'rules'>,
  known: Catalog['event_types'],
  { before, after }: RoleChange,
): string[] {
  const reads = (role: Role, scope: string | null) => role.scopes.some((one) => one === scope)
  const subscribed = known.filter(({ name, scope }) => events.includes(name) && reads(before, scope))
  const held = subscribed.filter(({ scope }) => !reads(after, scope))
  const left = subscribed.filter(({ scope }) => scope === 'documents:read' && reads(after, scope))
  const isLess = left.length > 0 && isNarrowed('documents:read', rules, { before, after })
  const names = (types: typeof known) => types.map(({ name }) => name).join(', ')
  return [
    held.length > 0 && t('Deliveries of {{events}} wait.', { events: names(held) }),
    isLess &&
      t('Deliveries of {{events}} wait, except those about {{documents}}.', {
        events: names(left),
        documents: reachedBy(after, 'documents:read'),
      }),
  ].filter((sentence) => sentence !== false)
}

/** Whether the new role takes documents from what reached them under the old one. */
function isNarrowed(scope: string, own: Credential['rules'], { before, after }: RoleChange): boolean {
  const limits = rulesFor(scope, after.rules)
  return ![rulesFor(scope, before.rules), rulesFor(scope, own)].some((rules) => isWithin(rules, limits))
}

function reachedBy({ rules }: Role, scope: string): string {
  return rulesFor(scope, rules)
    .map((rule) => wordsOfRule(rule))
    .join(`, ${t('and')} `)
}
