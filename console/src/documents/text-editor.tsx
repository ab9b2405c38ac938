import { t } from '../i18n/t.ts'
import '../shell/top-bar.css'
import { Button, Group, Input, SegmentedControl, Textarea } from '@mantine/core'
import { type KeyboardEvent, type ReactNode, useDeferredValue, useRef, useState } from 'react'
import { DocumentText } from './document-text.tsx'
import { code, type Edit, link, prefixed, type Tool, wrapped } from './markdown-edits.ts'
import './text-editor.css'

interface Props {
  value: string
  onChange(text: string): void
  type: string
  error?: ReactNode
}

const tools: readonly { label: string; name: string; key?: string; use: Tool }[] = [
  { label: t('B'), name: t('Bold'), key: 'b', use: wrapped('**', 'bold') },
  { label: t('I'), name: t('Italic'), key: 'i', use: wrapped('*', 'italic') },
  { label: t('Heading'), name: t('Heading'), use: prefixed(() => '## ', /^#{1,6} /) },
  { label: t('Link'), name: t('Link'), key: 'k', use: link },
  { label: t('List'), name: t('List'), use: prefixed(() => '- ', /^[-*] /) },
  { label: t('Numbered'), name: t('Numbered list'), use: prefixed((i) => `${i + 1}. `, /^\d+\. /) },
  { label: t('Quote'), name: t('Quote'), use: prefixed(() => '> ', /^> /) },
  { label: t('Code'), name: t('Code'), use: code },
]

/** A plain text field with buttons for Markdown, beside a preview. */
export function TextEditor({ value, onChange, type, error }: Props) {
  const [pane, setPane] = useState<'write' | 'preview'>('write')
  const area = useRef<HTMLTextAreaElement>(null)
  const shown = useDeferredValue(value)
  const isMarkdown = type === 'text/markdown'

  function apply(use: Tool): void {
    const element = area.current
    if (!element) return
    const { value: text, selectionStart: start, selectionEnd: end } = element
    replace(element, use({ text, start, end }))
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isMarkdown || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return
    const tool = tools.find(({ key }) => key === event.key.toLowerCase())
    if (!tool) return
    event.preventDefault()
    apply(tool.use)
  }

  return (
    <div className="editor" data-pane={pane}>
      <Group className="editor-bar" justify="space-between" gap="xs">
        <Input.Label htmlFor="text">{t('Text')}</Input.Label>
        <SegmentedControl
          className="editor-panes"
          size="xs"
          aria-label={t('What is shown')}
          value={pane}
          onChange={(value) => setPane(value as 'write')}
          data={[
            { value: 'write', label: t('Write') },
            { value: 'preview', label: t('Preview') },
          ]}
        />
      </Group>
      <div className="editor-write">
        {isMarkdown && <Toolbar onUse={apply} />}
        <Textarea
          ref={area}
          id="text"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          error={error}
          spellCheck={type !== 'application/json' && type !== 'text/html'}
          classNames={{ input: 'editor-input' }}
        />
      </div>
      <section className="editor-preview" aria-label={t('Preview')}>
        <DocumentText text={shown} type={type} />
      </section>
    </div>
  )
}

/** One tab stop; the arrow keys move between buttons (WAI-ARIA, the toolbar pattern). */
function Toolbar({ onUse }: { onUse(use: Tool): void }) {
  const [at, setAt] = useState(0)
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    const next = (at + step + tools.length) % tools.length
    setAt(next)
    event.currentTarget.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div
      role="toolbar"
      aria-label={t('Formatting')}
      aria-controls="text"
      className="toolbar"
      onKeyDown={onKeyDown}
    >
      {tools.map(({ label, name, key, use }, i) => (
        <Button
          key={name}
          size="compact-sm"
          variant="subtle"
          color="gray"
          className="quiet-icon"
          data-tool={key}
          tabIndex={i === at ? 0 : -1}
          aria-label={name}
          title={key ? t('{{name}} (Ctrl+{{key}})', { name, key: key.toUpperCase() }) : name}
          onFocus={() => setAt(i)}
          onClick={() => onUse(use)}
        >
          {label}
        </Button>
      ))}
    </div>
  )
}

/** As if typed, so that Ctrl+Z undoes it: no other browser API keeps the undo history of a field. */
function replace(element: HTMLTextAreaElement, { from, to, insert, select }: Edit): void {
  element.focus()
  element.setSelectionRange(from, to)
  document.execCommand(insert === '' ? 'delete' : 'insertText', false, insert)
  element.setSelectionRange(...select)
}
