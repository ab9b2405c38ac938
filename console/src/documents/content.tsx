import { Markdown } from '../markdown/markdown.tsx'
import { CodeBlock } from '../parts/code-block.tsx'

/** Markdown as it is meant, everything else as it was written; HTML of a document never runs in the console. */
export function Content({ content, type }: { content: string; type: string }) {
  if (content === '') return <p className="quiet">It has no content yet.</p>
  if (type === 'text/markdown') return <Markdown text={content} />
  return <CodeBlock text={content} what="the content" />
}
