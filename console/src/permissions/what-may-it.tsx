import { NativeSelect, Stack, TextInput } from '@mantine/core'
import type { PermissionExplainQuery } from 'comserv'
import { useState } from 'react'
import { useCatalog } from '../catalog/use-catalog.ts'
import { useFirstField } from '../form/use-first-field.ts'
import { described } from '../i18n/descriptions.ts'
import { t } from '../i18n/t.ts'
import { ExplanationOf } from './explanation.tsx'

type Action = PermissionExplainQuery['action']

/** Explains any action for one user or one key, with a document where the action is about documents. */
export function WhatMayIt({
  subject,
}: {
  subject: Pick<PermissionExplainQuery, 'user_id' | 'credential_id'>
}) {
  const { scopes } = useCatalog()
  const [action, setAction] = useState<Action>('documents:read')
  const [document, setDocument] = useState('')
  const isAboutDocuments = action.startsWith('documents:')
  const id = isAboutDocuments && /^[1-9]\d{0,14}$/.test(document) ? Number(document) : undefined
  return (
    <Stack ref={useFirstField()}>
      <NativeSelect
        label={t('Action')}
        data={scopes
          .filter(({ includes }) => includes.length === 0)
          .map((scope) => ({ value: scope.name, label: `${scope.name}: ${described('scope', scope)}` }))}
        value={action}
        onChange={({ currentTarget }) => setAction(currentTarget.value as Action)}
      />
      {isAboutDocuments && (
        <TextInput
          label={t('Document (id)')}
          description={t(
            'The number in the URL of its page. Leave it empty to see which documents are included.',
          )}
          inputMode="numeric"
          maw={260}
          value={document}
          onChange={({ currentTarget }) => setDocument(currentTarget.value)}
        />
      )}
      <ExplanationOf query={{ action, ...subject, ...(id === undefined ? {} : { resource_id: id }) }} />
    </Stack>
  )
}
