import { t } from '../i18n/t.ts'

export type Per = 'minute' | 'hour' | 'day'

/** The API's default spans: 60 minutes, 24 hours, 30 days. */
export const spans = {
  minute: { label: t('1 hour'), words: t('the last hour'), minutes: 60, format: { timeStyle: 'short' } },
  hour: {
    label: t('24 hours'),
    words: t('the last 24 hours'),
    minutes: 24 * 60,
    format: { timeStyle: 'short' },
  },
  day: {
    label: t('30 days'),
    words: t('the last 30 days'),
    minutes: 30 * 24 * 60,
    format: { dateStyle: 'medium' },
  },
} as const satisfies Record<
  Per,
  { label: string; words: string; minutes: number; format: Intl.DateTimeFormatOptions }
>
