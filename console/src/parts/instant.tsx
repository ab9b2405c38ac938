import { locale } from '../i18n/language.ts'
import { t } from '../i18n/t.ts'

const inFull = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
const toTheSecond = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
const theDay = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const thisDay = new Intl.DateTimeFormat(locale, { timeStyle: 'short' })
const anyDay = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
})
const fromNow = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const fromNowBriefly = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

interface Props {
  at: string
  seconds?: boolean
  /** In a sentence: `3 minutes ago`. */
  relative?: boolean
  /** In a row of a list: `3 min ago`. */
  brief?: boolean
  /** What is soon, or was a moment ago: `20:31`, and the day only if it is another one. */
  short?: boolean
}

/** An instant in local time; the UTC time, as in the API, on hover. */
export function Instant({ at, seconds, relative, brief, short }: Props) {
  const date = new Date(at)
  const ms = date.getTime() - Date.now()
  const local = (seconds || brief ? toTheSecond : inFull).format(date)
  const isToday = date.toDateString() === new Date().toDateString()
  return (
    <time dateTime={at} title={relative || brief || short ? `${local} (${at})` : at}>
      {short
        ? (isToday ? thisDay : anyDay).format(date)
        : brief
          ? distance(ms, fromNowBriefly, theDay)
          : relative
            ? distance(ms, fromNow, inFull)
            : local}
    </time>
  )
}

/** The same as a string. */
export function localTime(at: string): string {
  return inFull.format(new Date(at))
}

/** Hides a state that has ended since the last response. */
export function isPast(at: string): boolean {
  return Date.parse(at) <= Date.now()
}

/** `3 hours ago`, `in 2 days`; beyond a month the date says more. */
function distance(ms: number, from: Intl.RelativeTimeFormat, date: Intl.DateTimeFormat): string {
  const seconds = Math.round(ms / 1_000)
  if (Math.abs(seconds) > 45 * 86_400) return date.format(Date.now() + ms)
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return from.format(Math.round(seconds / size), unit)
  }
  return seconds <= 0 ? t('just now') : t('in less than a minute')
}
