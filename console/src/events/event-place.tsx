import { Anchor } from '@mantine/core'
import type { Event } from 'comserv'
import { Link } from 'react-router'
import { word } from '../i18n/words.ts'
import { placeOf } from '../shell/places.ts'

/** The record of an event by its title or name at that time, linked as long as it exists. */
export function EventPlace({ event }: { event: Event }) {
  const { type, resource_type, resource_id, payload } = event
  const words = `${word(resource_type)} ${resource_id}`
  const name = nameIn(payload.data) ?? words
  const place = placeOf(resource_type, resource_id)
  if (!place || type.endsWith('.deleted'))
    return (
      <bdi title={words} className="anywhere">
        {name}
      </bdi>
    )
  return (
    <Anchor component={Link} to={place} underline="always" title={words} dir="auto">
      {name}
    </Anchor>
  )
}

/** What a record is called, if its fields say so. */
export function nameIn(fields: unknown): string | undefined {
  if (typeof fields !== 'object' || fields === null) return undefined
  const { title, username, name }: Partial<Record<string, unknown>> = { ...fields }
  return [title, username, name].find((text) => typeof text === 'string' && text !== '') as string | undefined
}
