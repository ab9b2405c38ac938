import { Radio, Select, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { PermissionExplainQuery } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useFirstField } from '../form/use-first-field.ts'
import { t } from '../i18n/t.ts'
import { UserField } from '../users/user-field.tsx'
import { ExplanationOf } from './explanation.tsx'

interface Props {
  action: PermissionExplainQuery['action']
  documentId?: number | undefined
}

/** Explains for a user or a key of the administrator's choice. */
export function WhoMaySee({ action, documentId }: Props) {
  const [kind, setKind] = useState('user')
  const [userId, setUserId] = useState<number>()
  const [keyId, setKeyId] = useState<number>()
  const chosen = kind === 'user' ? userId : keyId
  return (
    <Stack ref={useFirstField()}>
      <Radio.Group label={t('May it be seen by')} value={kind} onChange={setKind}>
        <Stack gap={6} mt={6}>
          <Radio value="user" label={t('a user')} />
          <Radio value="key" label={t('a program with a key')} />
        </Stack>
      </Radio.Group>
      {kind === 'user' ? (
        <UserField label={t('User')} value={userId} onChange={setUserId} />
      ) : (
        <KeyField value={keyId} onChange={setKeyId} />
      )}
      {chosen === undefined ? (
        <Text c="dimmed">{t('Administrators may see everything.')}</Text>
      ) : (
        <ExplanationOf
          query={{
            action,
            ...(documentId === undefined ? {} : { resource_id: documentId }),
            ...(kind === 'user' ? { user_id: chosen } : { credential_id: chosen }),
          }}
        />
      )}
    </Stack>
  )
}

/** One page of the list. */
const shownMax = 100

function KeyField({ value, onChange }: { value: number | undefined; onChange(id: number): void }) {
  const { data } = useQuery({
    queryKey: ['credentials', 'newest'],
    queryFn: async () => comserv.credentials.list({ limit: shownMax }),
  })
  return (
    <Select
      label={t('Key')}
      searchable
      allowDeselect={false}
      data={(data?.data ?? []).map(({ id, name }) => ({ value: String(id), label: `${name} (${id})` }))}
      value={value === undefined ? null : String(value)}
      onChange={(id) => id !== null && onChange(Number(id))}
      nothingFoundMessage={t('No key found')}
    />
  )
}
