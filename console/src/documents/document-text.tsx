import { Loader, Text } from '@mantine/core'
import { t } from '../i18n/t.ts'
import { lazyPart } from '../parts/lazy-part.tsx'

const Markdown = lazyPart(
  async () => (await import('../markdown/markdown.tsx')).Markdown,
  <Loader aria-label={t('Loading the text')} />,
)

/** The content as readers see it. HTML is not rendered: its source is shown. */
export function DocumentText({ text, type }: { text: string; type: string }) {
  if (text.trim() === '') return <Text c="dimmed">{t('There is no text yet.')}</Text>
  if (type === 'text/markdown') {
    return <Markdown text={text} />
  }
  if (type === 'application/json') return <Json text={text} />
  return (
    <pre className="as-written" dir="auto">
      {text}
    </pre>
  )
}

function Json({ text }: { text: string }) {
  const { tidy, wrong } = readJson(text)
  return (
    <>
      {wrong && (
        <Text size="sm" c="red" className="wrong" mb="xs">
          {t('This is not valid JSON: {{wrong}}', { wrong })}
        </Text>
      )}
      <pre className="as-written">{tidy}</pre>
    </>
  )
}

function readJson(text: string): { tidy: string; wrong?: string } {
  try {
    return { tidy: JSON.stringify(JSON.parse(text), null, 2) }
  } catch (error) {
    return { tidy: text, wrong: error instanceof Error ? error.message : String(error) }
  }
}
