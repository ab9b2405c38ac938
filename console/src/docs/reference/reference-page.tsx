import { Anchor, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Link, useLoaderData } from 'react-router'
import { Icon } from '../../parts/icon.tsx'
import { Page } from '../../shell/page.tsx'
import '../code.css'
import './reference.css'
import { AccessBadge } from './access-badge.tsx'
import { Method } from './method.tsx'
import type { OpenApi } from './openapi.ts'
import { guideOfTag, type Operation, type TagGroup, tagGroupsOf } from './operations.ts'

export { loadReference } from './use-reference.ts'

/** Every call on one page, to skim or filter; each has its own page. */
export function ReferencePage() {
  const api = useLoaderData<OpenApi>()
  const [query, setQuery] = useState('')
  const groups = tagGroupsOf(api)
    .map((group) => ({ ...group, operations: group.operations.filter((call) => isFound(call, query)) }))
    .filter(({ operations }) => operations.length > 0)
  return (
    <Page
      title="API reference"
      lead={
        <>
          {api.info.description} Machine-readable:{' '}
          <Anchor href="/api/v1/openapi.json" underline="always">
            openapi.json
          </Anchor>{' '}
          (OpenAPI 3.1). You can try each endpoint on its page.
        </>
      }
    >
      <TextInput
        type="search"
        className="calls-filter"
        aria-label="Filter the list of endpoints"
        placeholder="Filter by path, word or scope"
        leftSection={<Icon name="search" />}
        maw={420}
        value={query}
        onChange={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      {groups.length === 0 && <Text c="dimmed">No endpoint matches.</Text>}
      {groups.map((group) => (
        <TagSection key={group.tag} group={group} />
      ))}
    </Page>
  )
}

function TagSection({ group: { tag, operations } }: { group: TagGroup }) {
  const guide = guideOfTag[tag]
  return (
    <section className="calls" aria-label={tag}>
      <h2 id={tag.toLowerCase().replaceAll(' ', '-')}>
        {tag}
        {guide && (
          <Link to={`/docs/${guide}`} className="calls-guide">
            Guide
          </Link>
        )}
      </h2>
      <ul>
        {operations.map((operation) => (
          <li key={operation.id} data-operation={operation.id}>
            <Link to={`/docs/reference/${operation.id}`} className="call">
              <Method method={operation.method} />
              <code>{operation.path}</code>
              <span className="call-summary">{operation.summary}</span>
              <AccessBadge operation={operation} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}

function isFound({ method, path, summary, description, tag, access }: Operation, query: string): boolean {
  const scopes = access.kind === 'credential' ? access.scopes.join(' ') : access.kind
  const text = `${method} ${path} ${summary} ${description} ${tag} ${scopes}`.toLowerCase()
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
