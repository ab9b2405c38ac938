import type { Webhook } from 'comserv'

const shortMax = 36
const endMax = 14

/** A URL cut off in the middle: both ends tell it from others. */
export function shortUrl(url: string): string {
  const whole = url.replace(/^https:\/\//, '')
  return whole.length > shortMax ? `${whole.slice(0, shortMax - endMax - 1)}…${whole.slice(-endMax)}` : whole
}

/** What tells a webhook from others, as a label: its description, if it has one, and its URL. */
export function webhookName({ url, description }: Pick<Webhook, 'url' | 'description'>): string {
  return description ? `${description} (${shortUrl(url)})` : shortUrl(url)
}
