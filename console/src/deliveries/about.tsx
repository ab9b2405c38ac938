import { Anchor } from '@mantine/core'
import type { Delivery } from 'comserv'
import { Link } from 'react-router'
import { word } from '../i18n/words.ts'

const paths: Readonly<Record<string, string>> = {
  document: '/console/documents',
  user: '/console/users',
  category: '/console/categories',
}

/** The record that an event is about, by its title at that time. */
export function About({ of: { type, id, title } }: { of: NonNullable<Delivery['resource']> }) {
  const path = paths[type]
  const label = title ?? `${word(type)} ${id}`
  if (path === undefined) return <>{label}</>
  return (
    <Anchor component={Link} to={`${path}/${id}`}>
      {label}
    </Anchor>
  )
}
