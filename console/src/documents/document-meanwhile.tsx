import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Document } from 'comserv'
import { comserv } from '../api/client.ts'
import { DiffView } from '../diff/diff-view.tsx'
import { FieldChanges, fieldChanges } from '../diff/field-changes.tsx'
import { t } from '../i18n/t.ts'
import { ChangedMeanwhile } from '../parts/changed-meanwhile.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import type { DocumentValues } from './document-form.tsx'
import { optionalTexts } from './words.ts'

interface Props {
  base: Document
  values: DocumentValues
  onLoad(): void
  onSaveAnyway(): void
}

/** The document has changed since it was read: the other change, and what to do with one's own text. */
export function DocumentMeanwhile({ base, values, onLoad, onSaveAnyway }: Props) {
  const { data } = useQuery({
    queryKey: ['documents', 'theirs', base.id],
    queryFn: () => comserv.documents.get(base.id),
    staleTime: 0,
    gcTime: 0,
  })
  return (
    <ChangedMeanwhile what={t('this document')} onLoad={onLoad} onSaveAnyway={onSaveAnyway}>
      {data && (
        <>
          <Text size="sm" fw={600} mt="sm" mb={4}>
            {t('Their changes')}
          </Text>
          <FieldChanges changes={fieldChanges(base, data, documentLabels)} />
          <DiffView before={base.content} after={data.content} label={t('Their changes to the text')} />
          <Text size="sm" my="sm">
            {t('If you overwrite it, their text remains in the versions. If you load it, copy yours first:')}
          </Text>
        </>
      )}
      <CopyButton text={values.content} label={t('Copy my text')} what={t('my text')} />
    </ChangedMeanwhile>
  )
}

export const documentLabels = {
  title: t('Title'),
  ...optionalTexts,
  category: t('Category'),
  status: t('Status'),
  content_type: t('Type'),
} as const
