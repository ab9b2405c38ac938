import type { Document } from 'comserv'

export const contentTypes: readonly { value: Document['content_type']; label: string }[] = [
  { value: 'text/markdown', label: 'Markdown' },
  { value: 'text/plain', label: 'Plain text' },
  { value: 'text/html', label: 'HTML' },
  { value: 'application/json', label: 'JSON' },
]

export function contentTypeLabel(type: string): string {
  return contentTypes.find(({ value }) => value === type)?.label ?? type
}
