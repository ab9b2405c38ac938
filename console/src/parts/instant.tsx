const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const toTheSecond = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const fromNow = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })

const steps: readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** An instant in local time; the UTC time, as in the API, on hover. */
export function Instant({ at, seconds, relative }: { at: string; seconds?: boolean; relative?: boolean }) {
  const date = new Date(at)
  const local = (seconds ? toTheSecond : inFull).format(date)
  return (
    <time dateTime={at} title={relative ? `${local} (${at})` : at}>
      {relative ? distance(date.getTime() - Date.now()) : local}
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
function distance(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (Math.abs(seconds) > 45 * 86_400) return inFull.format(Date.now() + ms)
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return fromNow.format(Math.round(seconds / size), unit)
  }
  return seconds <= 0 ? 'just now' : 'in less than a minute'
}
