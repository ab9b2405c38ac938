import { Loader, NativeSelect, SegmentedControl, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { Document } from 'comserv'
import { lazy, Suspense, useEffect, useState } from 'react'
import { FormEnd } from '../form/form-end.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'

const Content = lazy(async () => ({ default: (await import('./content.tsx')).Content }))

interface Input {
  title: string
  category: string
  content: string
  content_type: Document['content_type']
}

interface Props<R> {
  /** What it is now; a new one without. */
  document?: Document
  verb: string
  send(input: Input): Promise<R>
  onDone(result: R): void
  onCancel(): void
}

type View = 'write' | 'both' | 'preview'
const previewPauseMs = 150

export function DocumentForm<R>({ document, verb, send, onDone, onCancel }: Props<R>) {
  const [view, setView] = useState<View>(() => (matchMedia('(min-width: 62em)').matches ? 'both' : 'write'))
  const { form, isPending, problem, onSubmit } = useProblemForm<Input & Record<string, unknown>, R>({
    initialValues: {
      title: document?.title ?? '',
      category: document?.category ?? '',
      content: document?.content ?? '',
      content_type: document?.content_type ?? 'text/markdown',
    },
    send: ({ category, ...input }) =>
      send({ ...input, ...(category || document ? { category } : {}) } as Input),
    onDone: (result) => onDone(result),
  })
  const { content, content_type } = form.values
  const [shown] = useDebouncedValue(content, previewPauseMs)
  useKeptWriting(form.isDirty() && !isPending)
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <TextInput
          label="Title"
          required
          withAsterisk={false}
          data-autofocus
          {...form.getInputProps('title')}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput label="Category" placeholder="reports" {...form.getInputProps('category')} />
          <NativeSelect
            label="Type"
            data={[
              { value: 'text/markdown', label: 'Markdown' },
              { value: 'text/plain', label: 'Plain text' },
              { value: 'text/html', label: 'HTML' },
              { value: 'application/json', label: 'JSON' },
            ]}
            {...form.getInputProps('content_type')}
          />
        </SimpleGrid>
        <SegmentedControl
          aria-label="View"
          size="xs"
          className="view-choice"
          value={view}
          onChange={(value) => setView(value as View)}
          data={[
            { value: 'write', label: 'Write' },
            { value: 'both', label: 'Both' },
            { value: 'preview', label: 'Preview' },
          ]}
        />
        <div className="editor" data-view={view}>
          {view !== 'preview' && (
            <Textarea
              aria-label="Content"
              autosize
              minRows={16}
              maxRows={40}
              spellCheck
              classNames={{ input: 'mono' }}
              {...form.getInputProps('content')}
            />
          )}
          {view !== 'write' && (
            <section className="preview" aria-label="Preview">
              <Suspense fallback={<Loader aria-label="Loading the preview" />}>
                <Content content={shown} type={content_type} />
              </Suspense>
            </section>
          )}
        </div>
        <FormEnd verb={verb} isPending={isPending} problem={problem} onCancel={onCancel} />
      </Stack>
    </form>
  )
}

/** The browser asks before a page with unsaved writing is closed. */
function useKeptWriting(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [isUnsaved])
}
