import { Checkbox, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Answer, Credential } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { ConfirmDelete } from '../record/change.tsx'
import type { Match } from '../record/kind.ts'
import { credentials } from './credentials.ts'

interface Props {
  read: Answer<Credential>
  opened: boolean
  onClose(): void
}

/** Revokes a key, with the keys that it created unless they are kept. */
export function RevokeCredential({ read, ...dialog }: Props) {
  const { id, name } = read.data
  const [withChildren, setWithChildren] = useState(true)
  const made = useQuery({
    queryKey: ['credentials', 'made by', id],
    queryFn: async () => comserv.credentials.list({ parent_id: id, limit: 1 }),
    enabled: dialog.opened,
  })
  const children = made.data?.meta.total_count ?? 0
  const calls = {
    ...credentials.calls,
    delete: (one: number, match: Match) =>
      comserv.credentials.delete(one, { ...match, children: withChildren ? 'revoke' : 'keep' }),
  }
  return (
    <ConfirmDelete
      {...dialog}
      kind={{ ...credentials, calls }}
      read={read}
      title={t('Revoke “{{name}}”?', { name })}
      verb={t('Revoke')}
    >
      <Text>
        {t(
          'The key stops working at once, and so does every token that was issued from it. This cannot be undone. A program that still needs access needs a new key.',
        )}
      </Text>
      {children > 0 && (
        <Checkbox
          label={t('Also revoke the {{count}} keys that it created', { count: children })}
          description={t(
            'This includes the keys that those created. Keep them only if you trust everyone who had this key.',
          )}
          checked={withChildren}
          onChange={(event) => setWithChildren(event.currentTarget.checked)}
        />
      )}
    </ConfirmDelete>
  )
}
