import type { Event } from 'comserv'
import { Fragment } from 'react'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { word } from '../i18n/words.ts'
import type { Column } from '../list/list-table.tsx'
import { RowInstant } from '../list/row-instant.tsx'
import { CodeBlock } from '../parts/code-block.tsx'
import { EventPlace } from './event-place.tsx'
import '../parts/folded.css'

/** The parts of a line, chosen as the columns of other lists. */
export const columns: readonly Column<Event>[] = [
  { key: 'type', label: t('Type'), render: ({ type }) => <span className="mono">{type}</span> },
  {
    key: 'resource',
    label: t('About'),
    render: ({ resource_type, resource_id }) => (
      <span className="about">
        {word(resource_type)} {resource_id}
      </span>
    ),
  },
  {
    key: 'title',
    label: t('Title or name'),
    render: (event) => <bdi className="title">{titleOf(event)}</bdi>,
  },
  {
    key: 'occurred_at',
    label: t('When'),
    render: ({ occurred_at }) => (
      <span className="quiet end">
        <RowInstant at={occurred_at} />
      </span>
    ),
  },
  { key: 'id', label: t('Id'), render: ({ id }) => <span className="quiet end">#{id}</span> },
]

interface LineProps {
  event: Event
  columns: readonly Column<Event>[]
}

export function Line({ event, columns }: LineProps) {
  const { id, payload } = event
  return (
    <details className="event folded">
      <summary>
        {columns.map(({ key, render }) => (
          <Fragment key={key}>{render(event)}</Fragment>
        ))}
      </summary>
      <p>{rich('About <place/>', { place: <EventPlace event={event} /> })}</p>
      <CodeBlock text={JSON.stringify(payload, null, 2)} what={t('event {{id}}', { id })} />
    </details>
  )
}

/** As the record was called then. */
function titleOf({ payload: { data } }: Event): string {
  const { title, username, name } = (typeof data === 'object' && data !== null ? data : {}) as Record<
    string,
    unknown
  >
  return [title, username, name].find((text) => typeof text === 'string') ?? '–'
}
