import { Anchor, Text, TextInput } from '@mantine/core'
import { useEffect } from 'react'
import { Link, useLoaderData } from 'react-router'
import { Icon } from '../../parts/icon.tsx'
import { Page } from '../../shell/page.tsx'
import '../code.css'
import './reference.css'
import { AccessBadge } from './access-badge.tsx'
import { enhanceCallsFilter } from './calls-filter.ts'
import { Method } from './method.tsx'
import type { OpenApi } from './openapi.ts'
import { guideOfTag, type TagGroup, tagGroupsOf } from './operations.ts'
import { PathText } from './path-text.tsx'

export { loadReference } from './use-reference.ts'

/** Every call on one page, to skim or filter; each has its own page. */
export function ReferencePage() {
  const api = useLoaderData<OpenApi>()
  useEffect(enhanceCallsFilter, [])
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
        autoComplete="off"
      />
      <Text c="dimmed" className="no-calls" role="status">
        No endpoint matches.
      </Text>
      {tagGroupsOf(api).map((group) => (
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
              <PathText path={operation.path} />
              <span className="call-summary">{operation.summary}</span>
              <AccessBadge operation={operation} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
