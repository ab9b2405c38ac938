import { Anchor } from '@mantine/core'
import type { Event } from 'comserv'
import { Link } from 'react-router'
import { word } from '../i18n/words.ts'
import { placeOf } from '../shell/places.ts'

/** The record of an event, linked as long as it exists. */
export function EventPlace({ event }: { event: Event }) {
  const { type, resource_type, resource_id } = event
  const words = `${word(resource_type)} ${resource_id}`
  const place = placeOf(resource_type, resource_id)
  if (!place || type.endsWith('.deleted')) return <span>{words}</span>
  return (
    <Anchor component={Link} to={place} underline="always">
      {words}
    </Anchor>
  )
}
