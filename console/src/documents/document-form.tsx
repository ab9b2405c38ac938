import { Autocomplete, Button, Group, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import type { Document } from 'comserv'
import type { KeyboardEvent, ReactNode } from 'react'
import { Form } from '../form/form.tsx'
import { FormEnd } from '../form/form-end.tsx'
import { useUnsaved } from '../form/unsaved.tsx'
import { useProblemForm } from '../form/use-problem-form.ts'
import { t } from '../i18n/t.ts'
import { Warning } from '../parts/warning.tsx'
import { useMay } from '../session/use-session.ts'
import { UserField } from '../users/user-field.tsx'
import { TextEditor } from './text-editor.tsx'
import { useCategories } from './use-categories.ts'
import { contentTypes, type OptionalTexts, optionalTexts, optionalTextsOf } from './words.ts'

export type DocumentValues = OptionalTexts & {
  title: string
  category: string
  content_type: Document['content_type']
  content: string
  author_id: number | undefined
}

/** How the document is saved. */
export interface Saving {
  publish: boolean
  /** Overwrites what somebody else has saved in the meantime. */
  anyway: boolean
}

interface Props {
  /** The current record; undefined for a new one. */
  document?: Document
  /** Of a new one. */
  author?: number
  /** The version that was last saved here. */
  savedVersion?: number | undefined
  send(values: DocumentValues, saving: Saving): Promise<Document>
  onSaved(document: Document, saving: Saving): void
  onCancel(): void
  /** Shown when the document has changed since it was read. */
  meanwhile?: (values: DocumentValues, saveAnyway: () => void) => ReactNode
}

export function DocumentForm({ document, author, savedVersion, send, onSaved, onCancel, meanwhile }: Props) {
  const categories = useCategories()
  const seesUsers = useMay()('users:read')
  const status = document?.status ?? 'draft'
  const { form, isPending, problem, onSubmit, submitAs, submitAnyway } = useProblemForm({
    initialValues: { ...valuesOf(document), author_id: document?.author_id ?? author },
    send: (values, { by, anyway }) => send(values, { publish: by === 'publish', anyway }),
    onDone: (saved, values, { by, anyway }) => {
      // Input during the save is not saved yet.
      form.resetDirty(values)
      if (form.getValues() === values || by === 'publish') unsaved.release()
      onSaved(saved, { publish: by === 'publish', anyway })
    },
  })
  const isUnsaved = form.isDirty()
  const unsaved = useUnsaved(isUnsaved)

  function onKeyDown(event: KeyboardEvent<HTMLFormElement>): void {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 's') return
    event.preventDefault()
    if (!isPending) event.currentTarget.requestSubmit()
  }

  return (
    <Form onSubmit={onSubmit} onKeyDown={onKeyDown} className="document-form">
      {unsaved.question}
      <Stack gap="md">
        {status === 'published' && (
          <Warning role="note">
            {t('This document is published. Changes are public as soon as you save.')}
          </Warning>
        )}
        <TextInput label={t('Title')} size="md" {...form.getInputProps('title')} />
        {Object.entries(optionalTexts).map(([name, label]) => {
          const { value, onChange, ...input } = form.getInputProps(name)
          return (
            <Textarea
              key={name}
              label={label}
              autosize
              maxRows={4}
              value={value ?? ''}
              onChange={({ currentTarget }) =>
                onChange(currentTarget.value === '' ? null : currentTarget.value)
              }
              {...input}
            />
          )
        })}
        <Group align="flex-start" gap="md" className="document-about">
          <Autocomplete label={t('Category')} data={categories} {...form.getInputProps('category')} />
          <NativeSelect label={t('Type')} data={contentTypes} {...form.getInputProps('content_type')} />
          {seesUsers && (
            <UserField
              label={t('Author')}
              isClearable={false}
              value={form.values.author_id}
              onChange={(id) => form.setFieldValue('author_id', id)}
              error={form.errors.author_id}
            />
          )}
        </Group>
        <TextEditor
          type={form.values.content_type}
          value={form.values.content}
          onChange={(text) => form.setFieldValue('content', text)}
          error={form.errors.content}
        />
        <FormEnd
          verb={status === 'draft' ? t('Save draft') : t('Save')}
          isPending={isPending}
          problem={problem}
          cancel={isUnsaved || !document ? t('Cancel') : t('Close')}
          onCancel={onCancel}
          said={
            savedVersion && !isUnsaved ? t('Saved as version {{version}}.', { version: savedVersion }) : ''
          }
          meanwhile={meanwhile?.(form.values, submitAnyway)}
          more={
            status !== 'published' && (
              <Button variant="default" disabled={isPending} onClick={() => submitAs('publish')}>
                {document ? t('Save and publish') : t('Publish')}
              </Button>
            )
          }
        />
      </Stack>
    </Form>
  )
}

export function valuesOf(document?: Document): DocumentValues {
  return {
    title: document?.title ?? '',
    category: document?.category ?? 'general',
    content_type: document?.content_type ?? 'text/markdown',
    content: document?.content ?? '',
    ...optionalTextsOf(document),
    author_id: document?.author_id,
  }
}
