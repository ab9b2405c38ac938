import { guides } from 'virtual:guides'
import { type LoaderFunctionArgs, redirect, useLoaderData } from 'react-router'
import { Page } from '../shell/page.tsx'
import { pathOf } from './chapters.ts'
import type { Guide } from './guide.ts'
import './guide.css'
import { GuideBody } from './guide-body.tsx'
import { Neighbours } from './neighbours.tsx'
import { NoSuchPage } from './no-such-page.tsx'
import { TableOfContents } from './table-of-contents.tsx'

interface Opened {
  name: string
  guide: Guide
}

export async function loadGuide({ params }: LoaderFunctionArgs): Promise<Opened | null | Response> {
  const entry = guides.find(({ name }) => name === params.guide)
  if (!entry) return null
  if (entry.name === 'overview') return redirect(pathOf('overview'))
  return { name: entry.name, guide: (await entry.load()).guide }
}

export function GuidePage() {
  const opened = useLoaderData<Opened | null>()
  if (!opened) return <NoSuchPage />
  const { name, guide } = opened
  return (
    <Page title={guide.title}>
      <div className="guide">
        <TableOfContents headings={guide.headings} />
        <GuideBody guide={guide} />
      </div>
      <Neighbours name={name} />
    </Page>
  )
}
