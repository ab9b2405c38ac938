import type { Document } from 'comserv'
import { t } from '../i18n/t.ts'

/** Optional texts below the title: the form, the page and the list of changes derive from these. */
export const optionalTexts = { summary: t('Summary') } as const satisfies Partial<
  Record<keyof Document, string>
>

export type OptionalTexts = Record<keyof typeof optionalTexts, string | null>

export function optionalTextsOf(document?: OptionalTexts): OptionalTexts {
  return Object.fromEntries(
    Object.keys(optionalTexts).map((name) => [name, document?.[name as keyof OptionalTexts] ?? null]),
  ) as OptionalTexts
}

export const contentTypes: readonly { value: Document['content_type']; label: string }[] = [
  { value: 'text/markdown', label: 'Markdown' },
  { value: 'text/plain', label: t('Plain text') },
  { value: 'text/html', label: 'HTML' },
  { value: 'application/json', label: 'JSON' },
]

export function contentTypeLabel(type: string): string {
  return contentTypes.find(({ value }) => value === type)?.label ?? type
}

/** Why a draft was not published when it was due. */
export const publishRefusals: Readonly<Record<string, string>> = {
  scheduler_inactive: t('It was due, but the person or key that scheduled it could no longer sign in.'),
  scheduler_lacks_scope: t(
    'It was due, but the person or key that scheduled it could no longer write documents.',
  ),
  scheduler_out_of_reach: t(
    'It was due, but the person or key that scheduled it could no longer publish this document.',
  ),
  credential_ended: t('It was due, but the credential that scheduled it had been revoked or had expired.'),
  hook_refused: t('It was due, but a hook refused the publication.'),
  hook_failed: t('It was due, but a hook that has to allow it did not respond for an hour.'),
}
