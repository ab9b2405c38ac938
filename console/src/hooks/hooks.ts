import type { Hook, HookCreate, HookUpdate, HookWithSecret, ListedHookCall } from 'comserv'
import { comserv } from '../api/client.ts'
import { shortly } from '../deliveries/reason.ts'
import { t } from '../i18n/t.ts'
import type { Tone } from '../parts/status.tsx'
import type { Kind } from '../record/kind.ts'
import { developer } from '../shell/page.tsx'
import { shortUrl } from '../webhooks/webhook-name.ts'

const path = '/console/developer/hooks'

export const hooks: Kind<Hook, HookCreate, HookUpdate, HookWithSecret> = {
  plural: 'hooks',
  label: t('Hook'),
  path,
  trail: [...developer, { label: t('Hooks'), to: path }],
  guide: 'hooks',
  titleOf: ({ url }) => url,
  called: () => t('this hook'),
  calls: comserv.hooks,
}

export function callPath(id: number): string {
  return `${path}/calls/${id}`
}

/** What tells a hook from others, as a label. */
export function hookName({ url, description }: Pick<Hook, 'url' | 'description'>): string {
  return description || shortUrl(url)
}

export type HookAction = HookCreate['actions'][number]

export const hookActions: readonly { value: HookAction; about: string }[] = [
  { value: 'user.create', about: t('A user is created') },
  { value: 'user.update', about: t('A user is changed, or restored from the trash') },
  { value: 'document.create', about: t('A document is created') },
  { value: 'document.update', about: t('A document is changed, or restored') },
  {
    value: 'document.publish',
    about: t(
      'A document is published, also at its scheduled time. The hooks for creating or changing it are called first',
    ),
  },
]

export const callOutcomes: readonly { value: string; label: string; tone: Tone }[] = [
  { value: 'allowed', label: t('allowed'), tone: 'good' },
  { value: 'changed', label: t('allowed with changes'), tone: 'good' },
  { value: 'refused', label: t('refused'), tone: 'warning' },
  { value: 'failed', label: t('failed'), tone: 'bad' },
]

const errors: Readonly<Record<string, string>> = {
  circuit_open: t('not called, because it kept failing'),
  busy: t('not called, because too many calls were waiting'),
  too_late: t('not called, because other hooks had taken the time'),
  status: t('no 2xx status'),
  invalid_response: t('response not understood'),
  invalid_input: t('it set something that it must not set'),
}

/** Why a call failed, in a few words. */
export function callError(error: NonNullable<ListedHookCall['error']>): string {
  return errors[error] ?? shortly(error as Parameters<typeof shortly>[0])
}
