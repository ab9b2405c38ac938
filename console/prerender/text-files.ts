import { guideFiles, readGuide } from '../guides/files.ts'
import { type OperationEntry, readOperations, readTags, siteAddress } from '../guides/links.ts'
import { renderGuide } from '../guides/markdown.ts'
import { withOrigin } from '../guides/origin.ts'
import { withSupportMark } from '../guides/support.ts'
import { chapters } from '../src/docs/chapters.ts'
import { originMark, supportMark } from '../src/docs/guide.ts'
import { inReadingOrder } from '../src/docs/reference/order.ts'

const reference = 'docs/reference.md'

/** The documentation as Markdown, for programs that read text: each page, an index of them, and everything in one file. */
export function textFiles(): [name: string, text: string][] {
  const guides = [...guideFiles()].map(([name, file]): [string, string] => [
    `docs/${name}.md`,
    guideText(file),
  ])
  const all: [string, string][] = [...guides, [reference, referenceText(readOperations())]]
  return [
    ...all,
    ['llms.txt', indexText()],
    ['llms-full.txt', all.map(([, text]) => text).join('\n\n---\n\n')],
  ]
}

/** The source, with links that work on this server, and without the marks that are for the tests. */
function guideText(file: string): string {
  return withSupportMark(withOrigin(readGuide(file)))
    .replace(/^<!--.*?-->\n{0,2}/gms, '')
    .replace(/^(```\w+) .*$/gm, '$1')
    .replace(/\]\(([^)\s]+)\)/g, (link, href: string) => {
      const to = siteAddress(href, file)
      return to === undefined ? link : `](${markdownAddress(to)})`
    })
}

/** `/docs/users#roles` is `/docs/users.md#roles`; anchors, other hosts and the console stay. */
function markdownAddress(to: string): string {
  const [path = '', anchor] = to.split('#')
  const isPage = path === '/' || path.startsWith('/docs/')
  const file = path === '/' ? '/docs/overview.md' : `${path}.md`
  return `${isPage ? originMark + file : path}${anchor === undefined ? '' : `#${anchor}`}`
}

function referenceText(operations: readonly OperationEntry[]): string {
  const line = ({ id, method, path, summary, description }: OperationEntry) =>
    `- [\`${method} ${path}\`](${originMark}/docs/reference/${id}): ${[summary, description.replaceAll(/\s+/g, ' ')].filter(Boolean).join('. ')}`
  const sections = readTags().map(({ name, description }) => {
    const own = operations.filter(({ tag }) => tag === name)
    return `## ${name}\n\n${description}.\n\n${inReadingOrder(name, own).map(line).join('\n')}\n`
  })
  return `# API reference\n\nParameters, bodies and responses are in ${originMark}/api/v1/openapi.json (OpenAPI 3.1).\n\n${sections.join('\n')}`
}

/** As llmstxt.org describes it. */
function indexText(): string {
  const files = guideFiles()
  const line = (name: string) => {
    const { title } = renderGuide(readGuide(files.get(name) ?? ''), files.get(name) ?? '')
    return `- [${title}](${originMark}/docs/${name}.md)`
  }
  const sections = chapters
    .map(({ label, entries }) => [label, entries.filter((entry) => typeof entry === 'string')] as const)
    .filter(([, names]) => names.length > 0)
    .map(([label, names]) => `## ${label}\n\n${names.map(line).join('\n')}\n`)
  return [
    '# %SITE_NAME% API documentation\n',
    `> The API of this server for users, documents, webhooks and credentials, under ${originMark}/api/v1. Requests are authenticated with OAuth 2.0 access tokens or API keys.\n`,
    `The API is described in ${originMark}/api/v1/openapi.json (OpenAPI 3.1); [a list of all endpoints](${originMark}/${reference}) is shorter. ${originMark}/llms-full.txt has every page below in one file.\n`,
    // The server writes a paragraph, or nothing.
    supportMark,
    ...sections,
  ].join('\n')
}
