import { word } from '../i18n/words.ts'
import './status.css'

/** A word with a colour; the meaning is in the word. */
const tones: Record<string, Tone> = {
  active: 'good',
  healthy: 'good',
  delivered: 'good',
  succeeded: 'good',
  published: 'good',
  paused: 'quiet',
  inactive: 'quiet',
  draft: 'quiet',
  archived: 'quiet',
  untested: 'quiet',
  revoked: 'quiet',
  pending: 'busy',
  sending: 'busy',
  scheduled: 'busy',
  held: 'warning',
  expired: 'warning',
  interrupted: 'warning',
  suspended: 'bad',
  failing: 'bad',
  failed: 'bad',
  disabled: 'bad',
}

export type Tone = 'good' | 'busy' | 'quiet' | 'warning' | 'bad'

export function Status({ value, tone, label }: { value: string; tone?: Tone; label?: string }) {
  return (
    <span className="status" data-tone={tone ?? tones[value] ?? 'quiet'}>
      {label ?? word(value)}
    </span>
  )
}
