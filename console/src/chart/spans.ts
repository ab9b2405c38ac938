export type Per = 'minute' | 'hour' | 'day'

/** The API's default spans: 60 minutes, 24 hours, 30 days. */
export const spans = {
  minute: { label: '1 hour', words: 'the last hour', minutes: 60, format: { timeStyle: 'short' } },
  hour: { label: '24 hours', words: 'the last 24 hours', minutes: 24 * 60, format: { timeStyle: 'short' } },
  day: {
    label: '30 days',
    words: 'the last 30 days',
    minutes: 30 * 24 * 60,
    format: { dateStyle: 'medium' },
  },
} as const satisfies Record<
  Per,
  { label: string; words: string; minutes: number; format: Intl.DateTimeFormatOptions }
>
